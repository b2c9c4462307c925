export * from "./persistentvolumeclaim.gen.ts";
