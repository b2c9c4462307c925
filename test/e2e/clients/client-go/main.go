// What client-go does all day, against whatever cluster a kubeconfig names: one line per check, and an exit code of 1
// when one fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// A check has a namespace of its own.
type check struct {
	name string
	run  func(ctx context.Context, bench *bench) error
}

var checks = []check{
	{"discovery", checkDiscovery},
	{"typed", checkTyped},
	{"conflict", checkConflict},
	{"patch", checkPatches},
	{"apply", checkApply},
	{"status", checkStatus},
	{"paging", checkPaging},
	{"delete", checkDelete},
	{"informer", checkInformer},
	{"resync", checkResync},
	{"watchlist", checkWatchList},
	{"list-then-watch", checkListThenWatch},
	{"dynamic-informer", checkDynamicInformer},
	{"metadata-informer", checkMetadataInformer},
	{"recover", checkRecover},
	{"bookmark", checkBookmark},
	{"gone", checkGone},
	{"retry-watcher", checkRetryWatcher},
	{"election", checkElection},
	{"events", checkEvents},
	{"exec-websocket", checkExecWebSocket},
	{"exec-spdy", checkExecSPDY},
	{"port-forward", checkPortForward},
	{"logs", checkLogs},
}

// What a check is given.
type bench struct {
	config    *rest.Config
	client    *kubernetes.Clientset
	namespace string
	image     string
	traffic   *traffic
}

func main() {
	kubeconfig := flag.String("kubeconfig", os.Getenv("KUBECONFIG"), "the cluster")
	image := flag.String("image", "localhost/dingi/example:1", "an image with a shell, for checks that need containers")
	only := flag.String("only", "", "names of checks, with commas")
	without := flag.String("without", "", "names of checks to leave out, with commas")
	limit := flag.Duration("limit", 3*time.Minute, "the time that a check may take")
	verbose := flag.Bool("verbose", false, "tell what client-go logs")
	flag.Parse()
	if !*verbose {
		klog.SetLogger(logr.Discard())
	}

	failed := 0
	for _, each := range checks {
		if *only != "" && !named(*only, each.name) {
			continue
		}
		if named(*without, each.name) {
			fmt.Printf("skipped %s\n", each.name)
			continue
		}
		start := time.Now()
		err := runCheck(each, *kubeconfig, *image, *limit)
		if err != nil {
			failed++
			fmt.Printf("FAILED  %s: %v\n", each.name, err)
			continue
		}
		fmt.Printf("ok      %s (%.1f s)\n", each.name, time.Since(start).Seconds())
	}
	if failed > 0 {
		os.Exit(1)
	}
}

func named(list, name string) bool {
	for each := range strings.SplitSeq(list, ",") {
		if each == name {
			return true
		}
	}
	return false
}

func runCheck(each check, kubeconfig, image string, limit time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	bench, err := newBench(ctx, kubeconfig, image, each.name)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if left := bench.client.CoreV1().Namespaces().Delete(ctx, bench.namespace, metav1.DeleteOptions{}); err == nil {
			err = left
		}
	}()
	return each.run(ctx, bench)
}

func newBench(ctx context.Context, kubeconfig, image, name string) (*bench, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	traffic := &traffic{}
	config.Wrap(traffic.wrap)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "client-go-" + name + "-"}}
	namespace, err = client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	return &bench{config, client, namespace.Name, image, traffic}, nil
}

// Asks until there is an answer.
func until(ctx context.Context, what string, done func() (bool, error)) error {
	var last error
	for {
		ok, err := done()
		if ok && err == nil {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not come (last error: %v)", what, last)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func expect[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %v, not %v", what, got, want)
	}
	return nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
