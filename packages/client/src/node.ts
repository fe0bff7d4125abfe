export { fileStorage } from "./storage/file-storage.ts";
export { StorageError } from "./storage/storage-error.ts";
export type { StorageFailure } from "./storage/storage-error.ts";
export type { TokenStorage } from "./storage/token-storage.ts";
