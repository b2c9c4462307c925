import type { StringMap } from "./string-map.ts";

export interface ImageSpec {
  /** Reference or id. */
  readonly image: string;
  readonly annotations?: StringMap;
  /** As the user wrote it. */
  readonly userSpecifiedImage?: string;
  readonly runtimeHandler?: string;
}

export interface Image {
  /** "sha256:…" of the image's configuration. */
  readonly id: string;
  readonly repoTags: readonly string[];
  /** Empty for images that were imported instead of pulled. */
  readonly repoDigests: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** The image's numeric user, when it names one. */
  readonly uid: number | undefined;
  /** The image's user by name, "" when numeric or none. */
  readonly username: string;
  /** A pinned image is never garbage. */
  readonly pinned: boolean;
}

export interface AuthConfig {
  readonly username?: string;
  readonly password?: string;
  /** base64 of "username:password". */
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

export interface FilesystemUsage {
  readonly timestampMs: number;
  readonly mountpoint: string;
  readonly usedBytes: number;
  readonly inodesUsed: number;
}

export interface ImageFsInfo {
  readonly imageFilesystems: readonly FilesystemUsage[];
  readonly containerFilesystems: readonly FilesystemUsage[];
}
