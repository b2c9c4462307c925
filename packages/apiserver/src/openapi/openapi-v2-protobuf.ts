import { encodeMessage, Message, type Field, type Json, type Wrapped } from "./document-message.ts";

const text = (number: number): Field => ({ number, type: "text" });
const texts = (number: number): Field => ({ number, type: "text", list: true });
const flag = (number: number): Field => ({ number, type: "flag" });

/** Upstream: github.com/google/gnostic-models/openapiv2/OpenAPIv2.proto, as far as documents made here go. */
const SCHEMA: Message = new Message(
  () => ({
    $ref: text(1),
    format: text(2),
    description: text(4),
    default: { number: 5, type: "any" },
    required: texts(19),
    enum: { number: 20, type: "any", list: true },
    additionalProperties: { number: 21, type: SCHEMA, within: [1] },
    type: { number: 22, type: "text", within: [1] },
    items: { number: 23, type: SCHEMA, within: [1] },
    properties: { number: 25, type: SCHEMA, entries: 1 },
  }),
  31,
);

const BODY_PARAMETER = new Message(
  () => ({ description: text(1), name: text(2), in: text(3), required: flag(4), schema: field(5, SCHEMA) }),
  6,
);

const plainParameter = (type: number, uniqueItems: number) =>
  new Message(() => ({
    required: flag(1),
    in: text(2),
    name: text(4),
    type: text(type),
    uniqueItems: flag(uniqueItems),
  }));

const QUERY_PARAMETER = plainParameter(6, 20);
const PATH_PARAMETER = plainParameter(5, 19);

/** An inline parameter (1) that is in the body (1), or not (2) and then in the query (3) or in the path (4). */
function parameterOf(value: Json): Wrapped {
  if (value["in"] === "body") return { message: BODY_PARAMETER, within: [1, 1] };
  return value["in"] === "path"
    ? { message: PATH_PARAMETER, within: [1, 2, 4] }
    : { message: QUERY_PARAMETER, within: [1, 2, 3] };
}

const RESPONSE = new Message(() => ({ description: text(1), schema: { number: 2, type: SCHEMA, within: [1] } }));

const OPERATION = new Message(
  () => ({
    tags: texts(1),
    description: text(3),
    operationId: text(5),
    produces: texts(6),
    consumes: texts(7),
    parameters: { number: 8, type: parameterOf, list: true },
    responses: { number: 9, type: RESPONSE, entries: 1, within: [1] },
    schemes: texts(10),
  }),
  13,
);

const PATH_ITEM = new Message(
  () => ({
    get: field(2, OPERATION),
    put: field(3, OPERATION),
    post: field(4, OPERATION),
    delete: field(5, OPERATION),
    options: field(6, OPERATION),
    head: field(7, OPERATION),
    patch: field(8, OPERATION),
    parameters: { number: 9, type: parameterOf, list: true },
  }),
  10,
);

const INFO = new Message(() => ({ title: text(1), version: text(2) }));
const API_KEY = new Message(() => ({ type: text(1), name: text(2), in: text(3), description: text(4) }));
/** A list of texts, of which there are none. */
const SCOPES = new Message(() => ({}));

const DOCUMENT = new Message(() => ({
  swagger: text(1),
  info: field(2, INFO),
  paths: { number: 8, type: PATH_ITEM, entries: 2 },
  definitions: { number: 9, type: SCHEMA, entries: 1 },
  security: { number: 12, type: SCOPES, entries: 1, list: true },
  securityDefinitions: { number: 13, type: API_KEY, entries: 1, within: [2] },
}));

function field(number: number, type: Message): Field {
  return { number, type };
}

/** A Swagger 2.0 document as the message that Go's clients ask for. */
export function encodeOpenApiV2(document: Json): Uint8Array {
  return encodeMessage(DOCUMENT, document);
}
