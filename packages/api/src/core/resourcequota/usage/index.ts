export * from "./evaluator.ts";
export * from "./evaluators.ts";
export * from "./quantities.ts";
