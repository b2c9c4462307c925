export { controllers } from "./controllers.ts";
export { localVolumeProvisioner } from "./localprovisioner/local-volume-provisioner.ts";
