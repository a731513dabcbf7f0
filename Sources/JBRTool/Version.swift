import JBRCore

/// What `--version` prints: the toolkit's version, the formats it reads, and its libraries.
public let versionText = "jbr \(Version.toolkit) (journals: fdl, jbr; \(Version.libraries))"
