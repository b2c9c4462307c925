/** A file that says how something is done, and may say it otherwise later. */
export interface ConfigurationFile {
  readonly path: string;
  /** As it was at the start, when it was followed. */
  readonly text: string;
  readonly read: () => Promise<string>;
}

/** How files are read that flags name. */
export interface FileReader {
  /** Throws the file system's errors. */
  readonly read: (path: string) => string;
  readonly readLater: (path: string) => Promise<string>;
}

/** Throws the file system's errors. */
export function configurationFile(path: string, { read, readLater }: FileReader): ConfigurationFile {
  return { path, text: read(path), read: () => readLater(path) };
}
