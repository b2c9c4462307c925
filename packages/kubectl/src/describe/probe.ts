import { joinHostPort } from "@dingi/apimachinery";
import { at, isJson, numberAt, textAt, type Json } from "../json.ts";

/** A probe in one line. Upstream: kubectl/pkg/describe/describe.go#DescribeProbe */
export function probeText(probe: Json): string {
  const seconds = (field: string) => `${numberAt(probe, field)}s`;
  const attributes = `delay=${seconds("initialDelaySeconds")} timeout=${seconds("timeoutSeconds")} period=${seconds("periodSeconds")} successThreshold=${numberAt(probe, "successThreshold")} failureThreshold=${numberAt(probe, "failureThreshold")}`;
  return `${handlerText(probe)} ${attributes}`;
}

function handlerText({ exec, httpGet, tcpSocket, grpc }: Json): string {
  if (isJson(exec)) {
    const command = at(exec, "command");
    return `exec [${Array.isArray(command) ? command.join(" ") : ""}]`;
  }
  if (isJson(httpGet)) {
    const path = textAt(httpGet, "path");
    const slash = path === "" || path.startsWith("/") ? "" : "/";
    return `http-get ${textAt(httpGet, "scheme").toLowerCase()}://${hostPort(httpGet)}${slash}${encodeURI(path)}`;
  }
  if (isJson(tcpSocket)) return `tcp-socket ${textAt(tcpSocket, "host")}:${textAt(tcpSocket, "port")}`;
  return isJson(grpc) ? `grpc <pod>:${numberAt(grpc, "port")} ${textAt(grpc, "service")}` : "unknown";
}

function hostPort(target: Json): string {
  return joinHostPort(textAt(target, "host"), textAt(target, "port"));
}
