package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

func checkEvents(ctx context.Context, b *bench) error {
	subject, err := b.client.CoreV1().ConfigMaps(b.namespace).Create(ctx, configMap("subject", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	broadcaster := record.NewBroadcaster(record.WithContext(ctx))
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: b.client.CoreV1().Events(b.namespace)})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "check"})
	for range 3 {
		recorder.Event(subject, corev1.EventTypeNormal, "Checked", "It was looked at")
	}
	return until(ctx, "One event that counts to three", func() (bool, error) {
		list, err := b.client.CoreV1().Events(b.namespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=subject"})
		return err == nil && len(list.Items) == 1 && list.Items[0].Count == 3, err
	})
}

// A pod with a shell, which listens on port 8080.
func startPod(ctx context.Context, b *bench) (*corev1.Pod, error) {
	pods := b.client.CoreV1().Pods(b.namespace)
	grace := int64(1)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "shell"},
		Spec: corev1.PodSpec{
			TerminationGracePeriodSeconds: &grace,
			Containers:                    []corev1.Container{{Name: "main", Image: b.image}},
		},
	}
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	err := until(ctx, "A ready pod", func() (bool, error) {
		var err error
		if pod, err = pods.Get(ctx, "shell", metav1.GetOptions{}); err != nil {
			return false, err
		}
		for _, each := range pod.Status.Conditions {
			if each.Type == corev1.PodReady && each.Status == corev1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
	return pod, err
}

func checkExecWebSocket(ctx context.Context, b *bench) error {
	return checkExec(ctx, b, func(target *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewWebSocketExecutor(b.config, http.MethodGet, target.String())
	})
}

func checkExecSPDY(ctx context.Context, b *bench) error {
	return checkExec(ctx, b, func(target *url.URL) (remotecommand.Executor, error) {
		return remotecommand.NewSPDYExecutor(b.config, http.MethodPost, target)
	})
}

func checkExec(ctx context.Context, b *bench, connect func(target *url.URL) (remotecommand.Executor, error)) error {
	if _, err := startPod(ctx, b); err != nil {
		return err
	}
	run := func(stdin string, command ...string) (string, string, error) {
		options := &corev1.PodExecOptions{Container: "main", Command: command, Stdin: stdin != "", Stdout: true, Stderr: true}
		target := b.client.CoreV1().RESTClient().Post().Resource("pods").Name("shell").Namespace(b.namespace).
			SubResource("exec").VersionedParams(options, scheme.ParameterCodec).URL()
		executor, err := connect(target)
		if err != nil {
			return "", "", err
		}
		var stdout, stderr bytes.Buffer
		streams := remotecommand.StreamOptions{Stdout: &stdout, Stderr: &stderr}
		if stdin != "" {
			streams.Stdin = strings.NewReader(stdin)
		}
		err = executor.StreamWithContext(ctx, streams)
		return stdout.String(), stderr.String(), err
	}
	stdout, stderr, err := run("", "sh", "-c", "echo out; echo err >&2")
	if err != nil {
		return err
	}
	large := strings.Repeat("a line of some length\n", 20_000)
	echoed, _, err := run(large, "cat")
	if err != nil {
		return err
	}
	_, _, failed := run("", "sh", "-c", "exit 3")
	var code exec.CodeExitError
	if !errors.As(failed, &code) {
		return fmt.Errorf("exit 3 ends with %v", failed)
	}
	return first(
		expect("stdout", stdout, "out\n"),
		expect("stderr", stderr, "err\n"),
		expect("that all of stdin comes back", echoed == large, true),
		expect("the exit code", code.Code, 3),
	)
}

func checkPortForward(ctx context.Context, b *bench) error {
	if _, err := startPod(ctx, b); err != nil {
		return err
	}
	target := b.client.CoreV1().RESTClient().Post().Resource("pods").Name("shell").Namespace(b.namespace).SubResource("portforward").URL()
	tunnel, err := portforward.NewSPDYOverWebsocketDialer(target, b.config)
	if err != nil {
		return err
	}
	transport, upgrader, err := spdy.RoundTripperFor(b.config)
	if err != nil {
		return err
	}
	plain := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, target)
	for name, dial := range map[string]func(ready chan struct{}, stop chan struct{}) (*portforward.PortForwarder, error){
		"WebSocket": func(ready, stop chan struct{}) (*portforward.PortForwarder, error) {
			return portforward.New(tunnel, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
		},
		"SPDY": func(ready, stop chan struct{}) (*portforward.PortForwarder, error) {
			return portforward.New(plain, []string{"0:8080"}, stop, ready, io.Discard, io.Discard)
		},
	} {
		if err := askThrough(ctx, dial); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func askThrough(ctx context.Context, dial func(ready, stop chan struct{}) (*portforward.PortForwarder, error)) error {
	ready, stop := make(chan struct{}), make(chan struct{})
	forwarder, err := dial(ready, stop)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- forwarder.ForwardPorts() }()
	defer close(stop)
	select {
	case <-ready:
	case err := <-ended:
		return fmt.Errorf("it ended: %w", err)
	case <-ctx.Done():
		return errors.New("it was not ready in time")
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		return err
	}
	for range 3 {
		response, err := http.Get(fmt.Sprintf("http://localhost:%d/", ports[0].Local))
		if err != nil {
			return err
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err := first(err, expect("the answer's beginning", strings.HasPrefix(string(body), "Hello from shell"), true)); err != nil {
			return err
		}
	}
	return nil
}

func checkLogs(ctx context.Context, b *bench) error {
	if _, err := startPod(ctx, b); err != nil {
		return err
	}
	lines := int64(1)
	text, err := b.client.CoreV1().Pods(b.namespace).GetLogs("shell", &corev1.PodLogOptions{TailLines: &lines}).DoRaw(ctx)
	if err != nil {
		return err
	}
	return expect("that the log says something", strings.Contains(string(text), "8080"), true)
}
