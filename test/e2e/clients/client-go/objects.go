package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	applyapps "k8s.io/client-go/applyconfigurations/apps/v1"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	applymeta "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"
)

func checkDiscovery(_ context.Context, b *bench) error {
	version, err := b.client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	groups, resources, err := b.client.Discovery().ServerGroupsAndResources()
	if err != nil {
		return err
	}
	named := func(group string) bool {
		return slices.ContainsFunc(groups, func(g *metav1.APIGroup) bool { return g.Name == group })
	}
	var pods *metav1.APIResource
	for _, list := range resources {
		for i := range list.APIResources {
			if list.GroupVersion == "v1" && list.APIResources[i].Name == "pods" {
				pods = &list.APIResources[i]
			}
		}
	}
	if pods == nil {
		return errors.New("discovery does not tell of pods")
	}
	return first(
		expect("the server's minor version", strings.TrimSuffix(version.Minor, "+"), "37"),
		expect(`that there is a group "apps"`, named("apps"), true),
		expect("the kind of pods", pods.Kind, "Pod"),
		expect("that pods can be watched", slices.Contains(pods.Verbs, "watch"), true),
		// Aggregated: all groups and resources in two answers.
		expect("the number of requests of groups", len(b.traffic.of("GET", "/apis")), 1),
	)
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: data}
}

func checkTyped(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	given := configMap("", map[string]string{"a": "1"})
	given.GenerateName = "typed-"
	created, err := maps.Create(ctx, given, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	created.Data["b"] = "2"
	updated, err := maps.Update(ctx, created, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	got, err := maps.Get(ctx, updated.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	list, err := maps.List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + got.Name})
	if err != nil {
		return err
	}
	_, missing := maps.Get(ctx, "missing", metav1.GetOptions{})
	_, twice := maps.Create(ctx, configMap(got.Name, nil), metav1.CreateOptions{})
	_, invalid := maps.Create(ctx, configMap("Not_A_Name", nil), metav1.CreateOptions{})
	_, dry := maps.Create(ctx, configMap("dry", nil), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	_, gone := maps.Get(ctx, "dry", metav1.GetOptions{})
	gets := b.traffic.of("GET", "/configmaps/"+got.Name)
	return first(
		expect("data", got.Data["a"]+got.Data["b"], "12"),
		expect("the number listed", len(list.Items), 1),
		expect("that an update changes the revision", got.ResourceVersion != "" && got.ResourceVersion == updated.ResourceVersion, true),
		expect("that what is missing is not found", apierrors.IsNotFound(missing), true),
		expect("that a name is given once", apierrors.IsAlreadyExists(twice), true),
		expect("that a bad name is invalid", apierrors.IsInvalid(invalid), true),
		dry,
		expect("that a dry run makes nothing", apierrors.IsNotFound(gone), true),
		expect("the encoding", gets[0].contentType, "application/vnd.kubernetes.protobuf"),
	)
}

func checkConflict(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	stale, err := maps.Create(ctx, configMap("contended", map[string]string{"n": ""}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	const writers = 8
	done := make(chan error, writers)
	for range writers {
		go func() {
			done <- retry.OnError(retry.DefaultBackoff, apierrors.IsConflict, func() error {
				current, err := maps.Get(ctx, "contended", metav1.GetOptions{})
				if err != nil {
					return err
				}
				current.Data["n"] += "x"
				_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
				return err
			})
		}()
	}
	written := 0
	for range writers {
		if err := <-done; err == nil {
			written++
		} else if !apierrors.IsConflict(err) {
			return err
		}
	}
	_, conflict := maps.Update(ctx, stale, metav1.UpdateOptions{})
	last, err := maps.Get(ctx, "contended", metav1.GetOptions{})
	return first(
		err,
		expect("that an old revision is refused", apierrors.IsConflict(conflict), true),
		expect("the number of writes that are there", len(last.Data["n"]), written),
	)
}

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	zero := int32(0)
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &zero,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "one", Image: "registry.k8s.io/pause:3.10.1"}}},
			},
		},
	}
}

func checkPatches(ctx context.Context, b *bench) error {
	deployments := b.client.AppsV1().Deployments(b.namespace)
	if _, err := deployments.Create(ctx, deployment("patched"), metav1.CreateOptions{}); err != nil {
		return err
	}
	var last *appsv1.Deployment
	for _, each := range []struct {
		kind types.PatchType
		body string
	}{
		{types.StrategicMergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"two","image":"b"}]}}}}`},
		{types.MergePatchType, `{"metadata":{"annotations":{"merged":"yes"}}}`},
		{types.JSONPatchType, `[{"op":"test","path":"/spec/replicas","value":0},{"op":"replace","path":"/spec/minReadySeconds","value":3}]`},
	} {
		var err error
		if last, err = deployments.Patch(ctx, "patched", each.kind, []byte(each.body), metav1.PatchOptions{}); err != nil {
			return fmt.Errorf("%s: %w", each.kind, err)
		}
	}
	_, refused := deployments.Patch(ctx, "patched", types.JSONPatchType,
		[]byte(`[{"op":"test","path":"/spec/replicas","value":7}]`), metav1.PatchOptions{})
	names := []string{}
	for _, each := range last.Spec.Template.Spec.Containers {
		names = append(names, each.Name)
	}
	return first(
		expect("the containers", strings.Join(names, " "), "two one"),
		expect("the annotation", last.Annotations["merged"], "yes"),
		expect("minReadySeconds", last.Spec.MinReadySeconds, 3),
		expect("that a failed test is refused", apierrors.IsInvalid(refused), true),
	)
}

func checkApply(ctx context.Context, b *bench) error {
	deployments := b.client.AppsV1().Deployments(b.namespace)
	labels := map[string]string{"app": "applied"}
	wanted := func() *applyapps.DeploymentApplyConfiguration {
		return applyapps.Deployment("applied", b.namespace).WithSpec(applyapps.DeploymentSpec().
			WithReplicas(0).
			WithSelector(applymeta.LabelSelector().WithMatchLabels(labels)).
			WithTemplate(applycore.PodTemplateSpec().WithLabels(labels).
				WithSpec(applycore.PodSpec().WithContainers(applycore.Container().WithName("one").WithImage("a")))))
	}
	mine := metav1.ApplyOptions{FieldManager: "mine"}
	if _, err := deployments.Apply(ctx, wanted().WithLabels(map[string]string{"mine": "yes"}), mine); err != nil {
		return err
	}
	image := wanted()
	image.Spec.Template.Spec.Containers[0].WithImage("b")
	_, conflict := deployments.Apply(ctx, image, metav1.ApplyOptions{FieldManager: "theirs"})
	forced, err := deployments.Apply(ctx, image, metav1.ApplyOptions{FieldManager: "theirs", Force: true})
	if err != nil {
		return err
	}
	extracted, err := applyapps.ExtractDeployment(forced, "mine")
	if err != nil {
		return err
	}
	dropped, err := deployments.Apply(ctx, wanted().WithSpec(nil), mine)
	if err != nil {
		return err
	}
	return first(
		expect("that another's field is a conflict", apierrors.IsConflict(conflict), true),
		expect("the forced image", forced.Spec.Template.Spec.Containers[0].Image, "b"),
		expect("the label that is mine", extracted.Labels["mine"], "yes"),
		expect("that the image is not mine any more", extracted.Spec.Template.Spec.Containers[0].Image == nil, true),
		expect("that what is applied no more goes", dropped.Labels["mine"], ""),
		expect("the image of theirs", dropped.Spec.Template.Spec.Containers[0].Image, "b"),
	)
}

func checkStatus(ctx context.Context, b *bench) error {
	pods := b.client.CoreV1().Pods(b.namespace)
	// Nobody schedules it, so its status is ours.
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "idle"},
		Spec:       corev1.PodSpec{SchedulerName: "nobody", Containers: []corev1.Container{{Name: "one", Image: "a"}}},
	}
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{}); err != nil {
		return err
	}
	status := applycore.PodStatus().WithMessage("from a client").WithConditions(
		applycore.PodCondition().WithType("example.com/seen").WithStatus(corev1.ConditionTrue))
	applied, err := pods.ApplyStatus(ctx, applycore.Pod("idle", b.namespace).WithStatus(status), metav1.ApplyOptions{FieldManager: "mine"})
	if err != nil {
		return err
	}
	applied.Spec.SchedulerName = "not-here"
	applied.Status.Reason = "Updated"
	updated, err := pods.UpdateStatus(ctx, applied, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	return first(
		expect("the message", updated.Status.Message, "from a client"),
		expect("the reason", updated.Status.Reason, "Updated"),
		expect("the spec, which a status does not set", updated.Spec.SchedulerName, "nobody"),
	)
}

func checkPaging(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	const count = 23
	for i := range count {
		given := configMap(fmt.Sprintf("page-%02d", i), nil)
		given.Labels = map[string]string{"paged": "yes"}
		if _, err := maps.Create(ctx, given, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	pages := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		return maps.List(ctx, options)
	})
	pages.PageSize = 5
	names := []string{}
	err := pages.EachListItem(ctx, metav1.ListOptions{LabelSelector: "paged=yes"}, func(object runtime.Object) error {
		names = append(names, object.(*corev1.ConfigMap).Name)
		return nil
	})
	if err != nil {
		return err
	}
	page, err := maps.List(ctx, metav1.ListOptions{Limit: 5})
	if err != nil {
		return err
	}
	_, bad := maps.List(ctx, metav1.ListOptions{Limit: 5, Continue: "nonsense"})
	return first(
		expect("the number of items", len(names), count),
		expect("that they are in order", slices.IsSorted(names), true),
		expect("that a page says how many are left", page.RemainingItemCount != nil && *page.RemainingItemCount >= count-5, true),
		expect("that a bad token is refused", apierrors.IsBadRequest(bad), true),
	)
}

func checkDelete(ctx context.Context, b *bench) error {
	maps := b.client.CoreV1().ConfigMaps(b.namespace)
	owner, err := maps.Create(ctx, configMap("owner", nil), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	owned := configMap("owned", nil)
	owned.OwnerReferences = []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID}}
	if _, err := maps.Create(ctx, owned, metav1.CreateOptions{}); err != nil {
		return err
	}
	other := types.UID("00000000-0000-0000-0000-000000000000")
	refused := maps.Delete(ctx, "owner", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &other}})
	background := metav1.DeletePropagationBackground
	if err := maps.Delete(ctx, "owner", metav1.DeleteOptions{PropagationPolicy: &background}); err != nil {
		return err
	}
	if err := until(ctx, "The end of what was owned", func() (bool, error) {
		_, err := maps.Get(ctx, "owned", metav1.GetOptions{})
		return apierrors.IsNotFound(err), nil
	}); err != nil {
		return err
	}
	held := configMap("held", nil)
	held.Finalizers = []string{"example.com/hold"}
	if _, err := maps.Create(ctx, held, metav1.CreateOptions{}); err != nil {
		return err
	}
	err = maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{FieldSelector: "metadata.name=held"})
	if err != nil {
		return err
	}
	deleting, err := maps.Get(ctx, "held", metav1.GetOptions{})
	if err != nil {
		return err
	}
	ending := deleting.DeletionTimestamp != nil
	deleting.Finalizers = nil
	if _, err := maps.Update(ctx, deleting, metav1.UpdateOptions{}); err != nil {
		return err
	}
	_, gone := maps.Get(ctx, "held", metav1.GetOptions{})
	return first(
		expect("that another's UID is refused", apierrors.IsConflict(refused), true),
		expect("that a finalizer holds", ending, true),
		expect("that without it the object goes", apierrors.IsNotFound(gone), true),
	)
}
