import JBRCore
import JBRTool

runTool(Volgen.self, arguments: processArguments())
