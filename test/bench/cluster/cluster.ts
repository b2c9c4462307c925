/** A cluster with one node, made from nothing: nothing of it was there before, but its programs were installed. */
export interface MeasuredCluster extends AsyncDisposable {
  readonly name: string;
  readonly kubeconfig: string;
  /** Of a process in the node's network. */
  readonly nodePid: number;
  /** Where the Service of the cluster's DNS answers. */
  readonly dnsAddress: string;
}

export type ClusterStarter = () => Promise<MeasuredCluster>;
