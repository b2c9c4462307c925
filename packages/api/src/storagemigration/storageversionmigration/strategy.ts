import { adopt, resetObjectMetaForStatus, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1StorageVersionMigration } from "./storageversionmigration.gen.ts";
import { validateMigration, validateMigrationStatusUpdate, validateMigrationUpdate } from "./validation.ts";

/** Upstream: pkg/registry/storagemigration/storagemigration/strategy.go */
export const strategy: Strategy<V1StorageVersionMigration> = {
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(migration) {
    migration.status = {};
  },
  prepareForUpdate(migration, old) {
    migration.status = adopt(old.status);
  },
  validate: validateMigration,
  validateUpdate: validateMigrationUpdate,
};

export const statusStrategy: UpdateStrategy<V1StorageVersionMigration> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(migration, old) {
    migration.spec = adopt(old.spec);
    resetObjectMetaForStatus(migration.metadata, old.metadata);
  },
  validateUpdate: validateMigrationStatusUpdate,
};
