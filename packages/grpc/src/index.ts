export { Channel, type Exchange, type ExchangeOptions, type Method, type TlsOptions } from "./channel.ts";
export { GrpcError, hasGrpcCode, type GrpcCode } from "./grpc-error.ts";
export { decode, encode, enumOf, field, message, repeated } from "./message.ts";
export type { MessageType } from "./message.ts";
export { WireError } from "./wire.ts";
