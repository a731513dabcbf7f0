import JBRTool
