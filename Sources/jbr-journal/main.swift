import JBRTool

runTool(JournalTool.self)
