import type { KindExample } from "../kind-example.ts";
import { selector } from "../pod-example.ts";

const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" };
const PREFIX = "autoscaling.alpha.kubernetes.io";

export const AUTOSCALING_KINDS: readonly KindExample[] = [
  {
    kind: "HorizontalPodAutoscaler",
    resource: "horizontalpodautoscalers",
    root: "/apis/autoscaling/v2",
    namespaced: true,
    minimal: { spec: { scaleTargetRef, maxReplicas: 3 } },
    full: {
      spec: {
        scaleTargetRef,
        minReplicas: 2,
        maxReplicas: 5,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
          {
            type: "ContainerResource",
            containerResource: {
              name: "memory",
              container: "c",
              target: { type: "AverageValue", averageValue: "1Gi" },
            },
          },
          {
            type: "Pods",
            pods: { metric: { name: "m", selector }, target: { type: "AverageValue", averageValue: "9" } },
          },
          {
            type: "Object",
            object: {
              describedObject: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "i" },
              metric: { name: "n" },
              target: { type: "Value", value: "10k" },
            },
          },
          { type: "External", external: { metric: { name: "e", selector }, target: { type: "Value", value: "30" } } },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 10,
            selectPolicy: "Min",
            tolerance: "100m",
            policies: [{ type: "Percent", value: 10, periodSeconds: 60 }],
          },
          scaleDown: { selectPolicy: "Disabled", policies: [{ type: "Pods", value: 1, periodSeconds: 5 }] },
        },
      },
    },
    change: { spec: { maxReplicas: 4 } },
    status: {
      status: { currentReplicas: 1, desiredReplicas: 2, conditions: [{ type: "AbleToScale", status: "True" }] },
    },
    wrong: { spec: { minReplicas: 9 } },
  },
  {
    kind: "HorizontalPodAutoscaler",
    resource: "horizontalpodautoscalers",
    root: "/apis/autoscaling/v1",
    namespaced: true,
    minimal: { spec: { scaleTargetRef, maxReplicas: 3 } },
    full: {
      spec: { scaleTargetRef, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 60 },
    },
    change: {
      metadata: {
        annotations: {
          [`${PREFIX}/metrics`]: JSON.stringify([{ type: "Pods", pods: { metricName: "m", targetAverageValue: "2" } }]),
          [`${PREFIX}/behavior`]: JSON.stringify({ ScaleDown: { StabilizationWindowSeconds: 7 } }),
        },
      },
    },
    status: { status: { currentReplicas: 1, desiredReplicas: 2, currentCPUUtilizationPercentage: 44 } },
    wrong: { spec: { minReplicas: 9 } },
  },
];
