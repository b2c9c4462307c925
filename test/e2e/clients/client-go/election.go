package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
)

// Long enough for a busy machine, where whoever leads may not get to renew for seconds.
const leaseDuration = 8 * time.Second

// A candidate with a connection of its own, which can be cut.
type candidate struct {
	name    string
	started chan struct{}
	stopped chan struct{}
	traffic *traffic
	cancel  context.CancelFunc
}

func newCandidate(ctx context.Context, b *bench, name string) (*candidate, error) {
	config := rest.CopyConfig(b.config)
	own := &traffic{}
	config.Wrap(own.wrap)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	result := &candidate{name, make(chan struct{}), make(chan struct{}), own, cancel}
	var once sync.Once
	elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Name: "check",
		Lock: &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: b.namespace, Name: "leader"},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		},
		LeaseDuration:   leaseDuration,
		RenewDeadline:   6 * time.Second,
		RetryPeriod:     200 * time.Millisecond,
		ReleaseOnCancel: true,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) { close(result.started) },
			OnStoppedLeading: func() { once.Do(func() { close(result.stopped) }) },
		},
	})
	if err != nil {
		cancel()
		return nil, err
	}
	go elector.Run(ctx)
	return result, nil
}

func (c *candidate) leads(ctx context.Context) error {
	select {
	case <-c.started:
		return nil
	case <-ctx.Done():
		return errors.New(c.name + " did not become leader")
	}
}

// One leads; when it cannot renew any more, another leads after the lease has run out; a third when that one steps down.
func checkElection(ctx context.Context, b *bench) error {
	leases := b.client.CoordinationV1().Leases(b.namespace)
	one, err := newCandidate(ctx, b, "one")
	if err != nil {
		return err
	}
	defer one.cancel()
	if err := one.leads(ctx); err != nil {
		return err
	}
	two, err := newCandidate(ctx, b, "two")
	if err != nil {
		return err
	}
	defer two.cancel()
	select {
	case <-two.started:
		return errors.New("two lead at once")
	case <-time.After(leaseDuration + time.Second):
	}
	// It dies: nothing of it reaches the server any more, not even that it steps down.
	one.traffic.cutWhere(func(request *http.Request) bool { return strings.Contains(request.URL.Path, "/leases") })
	dead := time.Now()
	if err := two.leads(ctx); err != nil {
		return err
	}
	took := time.Since(dead)
	select {
	case <-one.stopped:
	case <-ctx.Done():
		return errors.New("the first still believes that it leads")
	}
	lease, err := leases.Get(ctx, "leader", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := first(
		expect("the holder", *lease.Spec.HolderIdentity, "two"),
		expect("the number of changes", *lease.Spec.LeaseTransitions, 1),
		expect("that the lease ran out first", took > leaseDuration-2*time.Second, true),
	); err != nil {
		return err
	}
	three, err := newCandidate(ctx, b, "three")
	if err != nil {
		return err
	}
	defer three.cancel()
	two.cancel()
	stepped := time.Now()
	if err := three.leads(ctx); err != nil {
		return err
	}
	return expect("that a leader that steps down makes room at once", time.Since(stepped) < leaseDuration-time.Second, true)
}
