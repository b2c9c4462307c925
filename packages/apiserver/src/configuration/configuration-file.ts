/** A file that says how something is done, and may say it otherwise later. */
export interface ConfigurationFile {
  readonly path: string;
  /** As it was at the start, when it was followed. */
  readonly text: string;
  readonly read: () => Promise<string>;
}
