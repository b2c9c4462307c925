/** A webhook could not be asked, or has not answered as one does. Whether that matters is for its failure policy to say. */
export class HookFailure extends Error {
  override name = "HookFailure";

  /** Upstream: apiserver/pkg/util/webhook/error.go#ErrCallingWebhook */
  constructor(webhook: string, why: string, options?: ErrorOptions) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`, options);
  }
}
