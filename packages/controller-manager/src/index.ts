export { localVolumeProvisioner } from "./localprovisioner/local-volume-provisioner.ts";
export { controllers, type ControllersOptions } from "./controllers.ts";
