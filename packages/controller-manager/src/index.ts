export { controllers } from "./controllers.ts";
