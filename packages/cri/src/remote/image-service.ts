import type { Channel, MessageType } from "@dingi/grpc";
import type { ImageService } from "../image-service.ts";
import type { AuthConfig, Image, ImageFsInfo, ImageSpec } from "../image.ts";
import type { PodSandboxConfig } from "../pod-sandbox.ts";
import type { CallOptions } from "../runtime-service.ts";
import { flatFilesystemUsage } from "./flat-stats.ts";
import * as images from "./image-messages.ts";
import { Empty } from "./sandbox-messages.ts";

const DEFAULT_TIMEOUT_MS = 2 * 60_000;

export class RemoteImageService implements ImageService {
  readonly #channel: Channel;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  async listImages(filter: { readonly image?: ImageSpec } = {}, options?: CallOptions): Promise<Image[]> {
    const types: Types = [images.ListImagesRequest, images.ListImagesResponse];
    const response: { images: Image[] } = await this.#call("ListImages", types, { filter }, options);
    return response.images;
  }

  async imageStatus(image: ImageSpec, options?: CallOptions): Promise<Image | undefined> {
    const types: Types = [images.ImageRequest, images.ImageStatusResponse];
    const response: { image?: Image } = await this.#call("ImageStatus", types, { image }, options);
    return response.image;
  }

  async pullImage(
    image: ImageSpec,
    options: CallOptions & { auth?: AuthConfig; sandboxConfig?: PodSandboxConfig } = {},
  ): Promise<string> {
    const types: Types = [images.PullImageRequest, images.PullImageResponse];
    const { auth, sandboxConfig, signal } = options;
    const untilAborted = { signal, timeoutMs: undefined };
    const response: { imageRef: string } = await this.#call(
      "PullImage",
      types,
      { image, auth, sandboxConfig },
      untilAborted,
    );
    return response.imageRef;
  }

  async removeImage(image: ImageSpec, options?: CallOptions): Promise<void> {
    await this.#call("RemoveImage", [images.ImageRequest, Empty], { image }, options);
  }

  async imageFsInfo(options?: CallOptions): Promise<ImageFsInfo> {
    const types: Types = [Empty, images.ImageFsInfoResponse];
    const response: ImageFsInfo = await this.#call("ImageFsInfo", types, {}, options);
    return {
      imageFilesystems: response.imageFilesystems.map(flatFilesystemUsage),
      containerFilesystems: response.containerFilesystems.map(flatFilesystemUsage),
    };
  }

  #call<Response>(
    name: string,
    [request, response]: Types,
    ...[value, options]: [value: object, options: (CallOptions & { timeoutMs?: number | undefined }) | undefined]
  ): Promise<Response> {
    const timeoutMs = options && "timeoutMs" in options ? options.timeoutMs : DEFAULT_TIMEOUT_MS;
    const method = { path: `/runtime.v1.ImageService/${name}`, request, response };
    return this.#channel.unary<Response>(method, value, { signal: options?.signal, timeoutMs });
  }
}

type Types = readonly [request: MessageType, response: MessageType];
