package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

// Counts what an informer's handlers are told.
type tally struct {
	mutex                             sync.Mutex
	added, changed, deleted, resynced int
	unexpected                        error
	seen                              map[string]string
	initial                           int
}

func (t *tally) handler() cache.ResourceEventHandlerDetailedFuncs {
	return cache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(object any, initial bool) {
			t.mutex.Lock()
			defer t.mutex.Unlock()
			t.added++
			if initial {
				t.initial++
			}
			t.note(object)
		},
		UpdateFunc: func(before, after any) {
			t.mutex.Lock()
			defer t.mutex.Unlock()
			old, err := meta.Accessor(before)
			current, err2 := meta.Accessor(after)
			t.unexpected = errors.Join(t.unexpected, err, err2)
			if err == nil && err2 == nil && old.GetResourceVersion() == current.GetResourceVersion() {
				t.resynced++
			} else {
				t.changed++
			}
			t.note(after)
		},
		DeleteFunc: func(any) {
			t.mutex.Lock()
			defer t.mutex.Unlock()
			t.deleted++
		},
	}
}

func (t *tally) note(object any) {
	accessor, err := meta.Accessor(object)
	if err != nil {
		t.unexpected = errors.Join(t.unexpected, err)
		return
	}
	if t.seen == nil {
		t.seen = map[string]string{}
	}
	t.seen[accessor.GetName()] = accessor.GetResourceVersion()
}

func (t *tally) wait(ctx context.Context, what string, done func(*tally) bool) error {
	return until(ctx, what, func() (bool, error) {
		t.mutex.Lock()
		defer t.mutex.Unlock()
		return done(t), t.unexpected
	})
}

// Makes, changes and deletes ConfigMaps while an informer looks.
func checkInformer(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	if _, err := maps.Create(ctx, configMap("before", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(b.client, 0, informers.WithNamespace(b.namespace))
	informer := factory.Core().V1().ConfigMaps()
	counts := &tally{}
	if _, err := informer.Informer().AddEventHandler(counts.handler()); err != nil {
		return err
	}
	pods := &tally{}
	if _, err := factory.Core().V1().Pods().Informer().AddEventHandler(pods.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("the cache of %v was not filled", kind)
		}
	}
	if err := counts.wait(ctx, "What was there before", func(t *tally) bool { _, ok := t.seen["before"]; return ok && t.initial > 0 }); err != nil {
		return err
	}
	const count = 50
	for i := range count {
		name := fmt.Sprintf("informed-%d", i)
		created, err := maps.Create(ctx, configMap(name, nil), metav1.CreateOptions{})
		if err != nil {
			return err
		}
		created.Data = map[string]string{"changed": "yes"}
		if _, err := maps.Update(ctx, created, metav1.UpdateOptions{}); err != nil {
			return err
		}
	}
	if err := counts.wait(ctx, "All changes", func(t *tally) bool { return t.changed >= count }); err != nil {
		return err
	}
	cached, err := informer.Lister().ConfigMaps(b.namespace).Get("informed-7")
	if err != nil {
		return err
	}
	live, err := maps.Get(ctx, "informed-7", metav1.GetOptions{})
	if err != nil {
		return err
	}
	for i := range count {
		if err := maps.Delete(ctx, fmt.Sprintf("informed-%d", i), metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	if err := counts.wait(ctx, "All ends", func(t *tally) bool { return t.deleted == count }); err != nil {
		return err
	}
	left, err := informer.Lister().ConfigMaps(b.namespace).List(labels.Everything())
	return first(
		err,
		expect("the cached revision", cached.ResourceVersion, live.ResourceVersion),
		expect("the cached data", cached.Data["changed"], "yes"),
		// Every namespace has one of its own.
		expect("what is left but for kube-root-ca.crt", len(left), 2),
		expect("pods that there are not", pods.added, 0),
	)
}

func checkResync(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	if _, err := maps.Create(ctx, configMap("still", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(b.client, time.Second, informers.WithNamespace(b.namespace))
	counts := &tally{}
	if _, err := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(counts.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if err := counts.wait(ctx, "Two resyncs", func(t *tally) bool { return t.resynced >= 2 }); err != nil {
		return err
	}
	return expect("the number of watches", len(b.traffic.of("GET", "/configmaps")), 1)
}

// By default an informer asks for its first content by a watch, and is told by a bookmark when it has all.
func checkWatchList(ctx context.Context, b *bench) error {
	if _, err := b.client.CoreV1().ConfigMaps(b.namespace).Create(ctx, configMap("one", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := syncConfigMaps(ctx, b, b.client); err != nil {
		return err
	}
	asked := b.traffic.of("GET", "/configmaps")
	return first(
		expect("the number of requests", len(asked), 1),
		expect("that it asks for initial events", strings.Contains(asked[0].query, "sendInitialEvents=true"), true),
		expect("the encoding", asked[0].contentType, "application/vnd.kubernetes.protobuf;stream=watch"),
	)
}

// Where initial events are refused, an informer falls back to a list and a watch.
func checkListThenWatch(ctx context.Context, b *bench) error {
	config := rest.CopyConfig(b.config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return refusingInitialEvents{next} })
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if _, err := client.CoreV1().ConfigMaps(b.namespace).Create(ctx, configMap("one", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := syncConfigMaps(ctx, b, client); err != nil {
		return err
	}
	if err := until(ctx, "The watch", func() (bool, error) { return len(b.traffic.of("GET", "/configmaps")) == 2, nil }); err != nil {
		return err
	}
	asked := b.traffic.of("GET", "/configmaps")
	return first(
		expect("that the first is a list", strings.Contains(asked[0].query, "watch="), false),
		expect("its encoding", asked[0].contentType, "application/vnd.kubernetes.protobuf"),
		expect("that the second is a watch", strings.Contains(asked[1].query, "watch=true"), true),
	)
}

// As a server does that knows no initial events.
type refusingInitialEvents struct{ next http.RoundTripper }

func (r refusingInitialEvents) RoundTrip(request *http.Request) (*http.Response, error) {
	if !strings.Contains(request.URL.RawQuery, "sendInitialEvents") {
		return r.next.RoundTrip(request)
	}
	body := `{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"Invalid","code":422}`
	return &http.Response{
		Status: "422 Unprocessable Entity", StatusCode: http.StatusUnprocessableEntity, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: readCloser(body), Request: request,
	}, nil
}

func syncConfigMaps(ctx context.Context, b *bench, client kubernetes.Interface) error {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(b.namespace))
	counts := &tally{}
	if _, err := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(counts.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return counts.wait(ctx, "The ConfigMap", func(t *tally) bool { _, ok := t.seen["one"]; return ok })
}

func checkDynamicInformer(ctx context.Context, b *bench) error {
	client, err := dynamic.NewForConfig(b.config)
	if err != nil {
		return err
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, b.namespace, nil)
	counts := &tally{}
	resource := corev1.SchemeGroupVersion.WithResource("configmaps")
	if _, err := factory.ForResource(resource).Informer().AddEventHandler(counts.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	return followsOne(ctx, b, counts)
}

func checkMetadataInformer(ctx context.Context, b *bench) error {
	client, err := metadata.NewForConfig(b.config)
	if err != nil {
		return err
	}
	factory := metadatainformer.NewFilteredSharedInformerFactory(client, 0, b.namespace, nil)
	counts := &tally{}
	resource := corev1.SchemeGroupVersion.WithResource("configmaps")
	if _, err := factory.ForResource(resource).Informer().AddEventHandler(counts.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if err := followsOne(ctx, b, counts); err != nil {
		return err
	}
	object, exists, err := factory.ForResource(resource).Informer().GetStore().GetByKey(b.namespace + "/kube-root-ca.crt")
	if err != nil || !exists {
		return fmt.Errorf("kube-root-ca.crt is not in the cache: %w", err)
	}
	if _, ok := object.(*metav1.PartialObjectMetadata); !ok {
		return fmt.Errorf("metadata come as %T", object)
	}
	return nil
}

func followsOne(ctx context.Context, b *bench, counts *tally) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	if _, err := maps.Create(ctx, configMap("one", nil), metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := counts.wait(ctx, "The beginning", func(t *tally) bool { _, ok := t.seen["one"]; return ok }); err != nil {
		return err
	}
	if err := counts.wait(ctx, "The root certificate", func(t *tally) bool { _, ok := t.seen["kube-root-ca.crt"]; return ok }); err != nil {
		return err
	}
	if _, err := maps.Patch(ctx, "one", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := counts.wait(ctx, "The change", func(t *tally) bool { return t.changed > 0 }); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "one", metav1.DeleteOptions{}); err != nil {
		return err
	}
	return counts.wait(ctx, "The end", func(t *tally) bool { return t.deleted == 1 })
}

// A client that is cut off again and again misses nothing.
func checkRecover(ctx context.Context, b *bench) error {
	config := rest.CopyConfig(b.config)
	breaks := &breakable{bodies: map[*body]bool{}}
	config.Wrap(breaks.wrap)
	watching, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactoryWithOptions(watching, 0, informers.WithNamespace(b.namespace))
	counts := &tally{}
	if _, err := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(counts.handler()); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	for i := range 4 {
		breaks.all()
		name := fmt.Sprintf("missed-%d", i)
		if _, err := maps.Create(ctx, configMap(name, nil), metav1.CreateOptions{}); err != nil {
			return err
		}
		if err := counts.wait(ctx, name, func(t *tally) bool { _, ok := t.seen[name]; return ok }); err != nil {
			return err
		}
	}
	return expect("that watches were begun again", len(b.traffic.of("GET", "/configmaps")) >= 4, true)
}
