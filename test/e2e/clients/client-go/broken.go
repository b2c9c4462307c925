package main

import (
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

func readCloser(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// Ends the answers that are still being read, as a network does that fails.
type breakable struct {
	mutex  sync.Mutex
	bodies map[*body]bool
}

type body struct {
	io.ReadCloser
	owner  *breakable
	broken atomic.Bool
}

type breakingTransport struct {
	owner *breakable
	next  http.RoundTripper
}

func (b *breakable) wrap(next http.RoundTripper) http.RoundTripper { return breakingTransport{b, next} }

func (t breakingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(request)
	if err != nil || !strings.Contains(request.URL.RawQuery, "watch=true") {
		return response, err
	}
	watched := &body{ReadCloser: response.Body, owner: t.owner}
	t.owner.mutex.Lock()
	t.owner.bodies[watched] = true
	t.owner.mutex.Unlock()
	response.Body = watched
	return response, nil
}

func (b *body) Read(buffer []byte) (int, error) {
	count, err := b.ReadCloser.Read(buffer)
	if err != nil && b.broken.Load() {
		return count, io.EOF
	}
	return count, err
}

func (b *body) Close() error {
	b.owner.mutex.Lock()
	delete(b.owner.bodies, b)
	b.owner.mutex.Unlock()
	return b.ReadCloser.Close()
}

func (b *breakable) all() {
	b.mutex.Lock()
	open := slices.Collect(maps.Keys(b.bodies))
	b.mutex.Unlock()
	for _, each := range open {
		each.broken.Store(true)
		each.ReadCloser.Close()
	}
}
