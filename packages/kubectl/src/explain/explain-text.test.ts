import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../json.ts";
import { ExplainText } from "./explain-text.ts";
import { SchemaDocument } from "./schema-document.ts";

const kind: Json = {
  type: "object",
  description: "A thing.",
  required: ["spec"],
  properties: { spec: { description: "What is wanted.", allOf: [{ $ref: "#/components/schemas/io.x.Spec" }] } },
  "x-kubernetes-group-version-kind": [{ group: "x", version: "v1", kind: "Thing" }],
};
const document = new SchemaDocument({
  components: {
    schemas: {
      "io.x.Thing": kind,
      "io.x.Spec": {
        type: "object",
        properties: {
          again: { allOf: [{ $ref: "#/components/schemas/io.x.Spec" }] },
          mode: { type: "string", enum: ["", "b"] },
        },
      },
    },
  },
});

test("a kind is found, and its fields are told with types and what is required", () => {
  const schema = document.ofKind({ group: "x", version: "v1", kind: "Thing" });
  const text = new ExplainText(document, { recursive: false, maxDepth: 0 }).render(schema!, []);
  assert.equal(text, "DESCRIPTION:\n    A thing.\n    \nFIELDS:\n  spec\t<Spec> -required-\n    What is wanted.\n\n");
});

test("fields of fields are told, and a cycle ends", () => {
  const text = new ExplainText(document, { recursive: true, maxDepth: 0 }).render(kind, ["spec"]);
  assert.equal(
    text,
    'FIELD: spec <Spec>\n\n\nDESCRIPTION:\n    What is wanted.\n    \nFIELDS:\n  again\t<Spec>\n  mode\t<string>\n  enum: "", b\n',
  );
});

test("what is not there is undefined", () => {
  assert.equal(new ExplainText(document, { recursive: false, maxDepth: 0 }).render(kind, ["nope"]), undefined);
});
