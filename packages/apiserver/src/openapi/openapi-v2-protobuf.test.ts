import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeOpenApiV2 } from "./openapi-v2-protobuf.ts";

const KIND = { group: "", kind: "Thing", version: "v1" };
const REFERENCE = { $ref: "#/definitions/Thing" };

/** Each field that documents have, once. */
const DOCUMENT = {
  swagger: "2.0",
  info: { title: "Kubernetes", version: "v1.37.1" },
  paths: {
    "/things/{name}": {
      put: {
        tags: ["core_v1"],
        operationId: "replaceThing",
        consumes: ["*/*"],
        produces: ["application/json", "application/yaml"],
        schemes: ["https"],
        parameters: [
          { name: "body", in: "body", required: true, schema: REFERENCE },
          { uniqueItems: true, type: "boolean", name: "force", in: "query" },
        ],
        responses: { "200": { description: "OK", schema: REFERENCE }, "401": { description: "Unauthorized" } },
        "x-kubernetes-action": "put",
        "x-kubernetes-group-version-kind": KIND,
      },
      parameters: [{ uniqueItems: true, type: "string", name: "name", in: "path", required: true }],
    },
  },
  definitions: {
    Thing: {
      type: "object",
      required: ["parts"],
      properties: {
        mode: { type: "string", enum: ["Big", "Small"] },
        parts: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        sizes: { type: "object", additionalProperties: { type: "integer", format: "int32" } },
      },
      "x-kubernetes-group-version-kind": [KIND],
    },
  },
  securityDefinitions: { BearerToken: { type: "apiKey", name: "authorization", in: "header" } },
  security: [{ BearerToken: [] }],
};

/** What gnostic's `ParseDocument` and `proto.Marshal` make of the document. */
const UPSTREAM = `
CgMyLjASFQoKS3ViZXJuZXRlcxIHdjEuMzcuMUL5AhL2AgoOL3RoaW5ncy97bmFtZX0S4wIavwIKB2NvcmVfdjEqDHJlcGxhY2VU
aGluZzIQYXBwbGljYXRpb24vanNvbjIQYXBwbGljYXRpb24veWFtbDoDKi8qQikKJwolEgRib2R5GgRib2R5IAEqFQoTIy9kZWZp
bml0aW9ucy9UaGluZ0IgCh4SHBoaEgVxdWVyeSIFZm9yY2UyB2Jvb2xlYW6gAQFKQQomCgMyMDASHwodCgJPSxIXChUKEyMvZGVm
aW5pdGlvbnMvVGhpbmcKFwoDNDAxEhAKDgoMVW5hdXRob3JpemVkUgVodHRwc2odChN4LWt1YmVybmV0ZXMtYWN0aW9uEgYSBHB1
dApqRwofeC1rdWJlcm5ldGVzLWdyb3VwLXZlcnNpb24ta2luZBIkEiJncm91cDogIiIKa2luZDogVGhpbmcKdmVyc2lvbjogdjEK
Sh8KHRIbIhkIARIEcGF0aCIEbmFtZSoGc3RyaW5nmAEBSpMCCpACCgVUaGluZxKGApoBBXBhcnRzsgEICgZvYmplY3TKAZ8BCicK
BG1vZGUSH6IBBhIEQmlnCqIBCBIGU21hbGwKsgEICgZzdHJpbmcKRgoFcGFydHMSPbIBBwoFYXJyYXm6AQ0KC7IBCAoGc3RyaW5n
+gEgChZ4LWt1YmVybmV0ZXMtbGlzdC10eXBlEgYSBHNldAoKLAoFc2l6ZXMSI6oBFQoTEgVpbnQzMrIBCQoHaW50ZWdlcrIBCAoG
b2JqZWN0+gFNCh94LWt1YmVybmV0ZXMtZ3JvdXAtdmVyc2lvbi1raW5kEioSKC0gZ3JvdXA6ICIiCiAga2luZDogVGhpbmcKICB2
ZXJzaW9uOiB2MQpiEQoPCgtCZWFyZXJUb2tlbhIAajIKMAoLQmVhcmVyVG9rZW4SIRIfCgZhcGlLZXkSDWF1dGhvcml6YXRpb24a
BmhlYWRlcg==
`;

test("A document is the message that upstream makes of it", () => {
  assert.equal(Buffer.from(encodeOpenApiV2(DOCUMENT)).toString("base64"), UPSTREAM.replaceAll("\n", ""));
});
