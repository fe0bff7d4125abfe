/** As in the package's manifest, which a test compares: a library that is bundled into an application has none beside it. */
export const VERSION = "0.1.0";
