import { field, message, repeated } from "@dingi/grpc";
import { PodSandboxConfig } from "./sandbox-messages.ts";

export const ImageSpec = message({
  image: field(1, "string"),
  annotations: field(2, "map"),
  userSpecifiedImage: field(18, "string"),
  runtimeHandler: field(19, "string"),
});

const Image = message({
  id: field(1, "string"),
  repoTags: repeated(2, "string"),
  repoDigests: repeated(3, "string"),
  size: field(4, "uint64"),
  uid: field(5, "optional"),
  username: field(6, "string"),
  pinned: field(8, "bool"),
});

const ImageFilter = message({ image: field(1, ImageSpec) });
export const ListImagesRequest = message({ filter: field(1, ImageFilter) });
export const ListImagesResponse = message({ images: repeated(1, Image) });

/** ImageStatusRequest and RemoveImageRequest. */
export const ImageRequest = message({ image: field(1, ImageSpec) });
export const ImageStatusResponse = message({ image: field(1, Image) });

const AuthConfig = message({
  username: field(1, "string"),
  password: field(2, "string"),
  auth: field(3, "string"),
  serverAddress: field(4, "string"),
  identityToken: field(5, "string"),
  registryToken: field(6, "string"),
});

export const PullImageRequest = message({
  image: field(1, ImageSpec),
  auth: field(2, AuthConfig),
  sandboxConfig: field(3, PodSandboxConfig),
});
export const PullImageResponse = message({ imageRef: field(1, "string") });

const FilesystemIdentifier = message({ mountpoint: field(1, "string") });
export const FilesystemUsage = message({
  timestampMs: field(1, "nanos"),
  fsId: field(2, FilesystemIdentifier),
  usedBytes: field(3, "optional"),
  inodesUsed: field(4, "optional"),
});
export const ImageFsInfoResponse = message({
  imageFilesystems: repeated(1, FilesystemUsage),
  containerFilesystems: repeated(2, FilesystemUsage),
});
