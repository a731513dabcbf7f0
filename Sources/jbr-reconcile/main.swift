import JBRTool

runTool(ReconcileTool.self)
