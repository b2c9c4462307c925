export { controllers, type ControllersOptions } from "./controllers.ts";
