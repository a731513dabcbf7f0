import JBRTool

runTool(ReplayTool.self)
