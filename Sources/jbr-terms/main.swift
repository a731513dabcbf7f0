import JBRTool

runTool(TermsTool.self)
