import JBRTool

runTool(Volgen.self)
