// The command as it is installed: one file, which starts in a third of the time that the sources take.
await (await import("../../packages/server/.command/command.js")).main(process.argv);
