/** How values are sealed, and which sealed values can be opened. */
export interface EncryptionProvider {
  /** What every value that it has sealed begins with; empty for what is not encrypted. */
  readonly mark: string;
  /** `context` is where the value is kept: sealed for one place, it cannot be opened in another. */
  seal(plain: Uint8Array, context: string): Uint8Array;
  /** Throws when the bytes are not what `seal` has made for this context. */
  open(sealed: Uint8Array, context: string): Uint8Array;
}

/** Upstream: apiserver/pkg/storage/value/encrypt/identity */
export const identity: EncryptionProvider = { mark: "", seal: (plain) => plain, open: (sealed) => sealed };
