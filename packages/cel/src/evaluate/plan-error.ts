/** An expression that cannot run, whatever its variables are. */
export class PlanError extends Error {}
