package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Before a watch ends it is told how far it has come.
func checkBookmark(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	seconds := int64(5)
	options := metav1.ListOptions{AllowWatchBookmarks: true, TimeoutSeconds: &seconds, FieldSelector: "metadata.name=none"}
	watcher, err := maps.Watch(ctx, options)
	if err != nil {
		return err
	}
	defer watcher.Stop()
	other, err := b.client.CoreV1().ConfigMaps("default").Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "other-"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	defer b.client.CoreV1().ConfigMaps("default").Delete(context.Background(), other.Name, metav1.DeleteOptions{})
	reached := ""
	for event := range watcher.ResultChan() {
		if event.Type != watch.Bookmark {
			return fmt.Errorf("an unexpected event: %s %v", event.Type, event.Object)
		}
		reached = event.Object.(*corev1.ConfigMap).ResourceVersion
	}
	if ctx.Err() != nil {
		return errors.New("the watch did not end in time")
	}
	if reached == "" {
		return errors.New("no bookmark came")
	}
	newest, err := strconv.ParseUint(reached, 10, 64)
	if err != nil {
		return err
	}
	written, err := strconv.ParseUint(other.ResourceVersion, 10, 64)
	if err != nil {
		return err
	}
	return expect("that a bookmark counts what was not selected", newest >= written, true)
}

// Expects a server that was started again since revision 1, and so has no history of it.
func checkGone(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	watcher, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: "1"})
	if err == nil {
		defer watcher.Stop()
		event, open := <-watcher.ResultChan()
		if !open || event.Type != watch.Error {
			return fmt.Errorf("a watch from revision 1 begins with %q; start the server again first", event.Type)
		}
		err = apierrors.FromObject(event.Object)
	} else {
		return fmt.Errorf("a watch of a lost revision has to begin, and to tell of it in an event: %w", err)
	}
	ahead := b.client.CoreV1().RESTClient().Get().Namespace(b.namespace).Resource("configmaps").
		Param("resourceVersion", "9000000000000000").Param("resourceVersionMatch", "NotOlderThan").MaxRetries(0).Do(ctx).Error()
	return first(
		expect("that the revision is gone", apierrors.IsResourceExpired(err) || apierrors.IsGone(err), true),
		expect("that a revision of the future is told", apierrors.HasStatusCause(ahead, metav1.CauseTypeResourceVersionTooLarge), true),
	)
}

// Goes on over the ends of its watches; ends itself at a revision that is gone.
func checkRetryWatcher(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	seconds := int64(1)
	source := &cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
		options.TimeoutSeconds = &seconds
		return maps.Watch(ctx, options)
	}}
	start, err := maps.List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	watcher, err := watchtools.NewRetryWatcherWithContext(ctx, start.ResourceVersion, source)
	if err != nil {
		return err
	}
	defer watcher.Stop()
	for i := range 6 {
		name := fmt.Sprintf("retried-%d", i)
		if i == 3 {
			if err := until(ctx, "The end of the first watch", func() (bool, error) {
				return len(b.traffic.of("GET", "/configmaps")) > 3, nil
			}); err != nil {
				return err
			}
		}
		if _, err := maps.Create(ctx, configMap(name, nil), metav1.CreateOptions{}); err != nil {
			return err
		}
		if err := nextIs(ctx, watcher, name); err != nil {
			return err
		}
	}
	old, err := watchtools.NewRetryWatcherWithContext(ctx, "1", source)
	if err != nil {
		return err
	}
	select {
	case event := <-old.ResultChan():
		return first(
			expect("what a lost revision begins with", event.Type, watch.Error),
			expect("its reason", apierrors.ReasonForError(apierrors.FromObject(event.Object)), metav1.StatusReasonExpired),
		)
	case <-ctx.Done():
		return errors.New("a watch from revision 1 is told nothing")
	}
}

// The root certificate may come between.
func nextIs(ctx context.Context, watcher watch.Interface, name string) error {
	for {
		select {
		case event := <-watcher.ResultChan():
			object, ok := event.Object.(*corev1.ConfigMap)
			if !ok {
				return fmt.Errorf("an unexpected event: %s %v", event.Type, event.Object)
			}
			if object.Name == "kube-root-ca.crt" {
				continue
			}
			return first(expect("the event", event.Type, watch.Added), expect("the object", object.Name, name))
		case <-ctx.Done():
			return fmt.Errorf("%s did not come", name)
		}
	}
}
