export * from "./reference.gen.ts";
