package main

import (
	"errors"
	"net/http"
	"strings"
	"sync"
)

// What a client has asked, and in which encoding it was answered.
type exchange struct {
	method, path, query, contentType string
	status                           int
}

type traffic struct {
	mutex     sync.Mutex
	exchanges []exchange
	// Answers to requests that it accepts are replaced by an error of the connection.
	cut func(*http.Request) bool
}

type recorder struct {
	traffic *traffic
	next    http.RoundTripper
}

func (t *traffic) wrap(next http.RoundTripper) http.RoundTripper { return &recorder{t, next} }

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.traffic.mutex.Lock()
	cut := r.traffic.cut
	r.traffic.mutex.Unlock()
	if cut != nil && cut(request) {
		return nil, errors.New("the check has cut the connection")
	}
	response, err := r.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	r.traffic.mutex.Lock()
	defer r.traffic.mutex.Unlock()
	r.traffic.exchanges = append(r.traffic.exchanges, exchange{
		request.Method, request.URL.Path, request.URL.RawQuery, response.Header.Get("Content-Type"), response.StatusCode,
	})
	return response, nil
}

func (t *traffic) cutWhere(which func(*http.Request) bool) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.cut = which
}

// The exchanges whose path ends so.
func (t *traffic) of(method, suffix string) (found []exchange) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	for _, each := range t.exchanges {
		if each.method == method && strings.HasSuffix(each.path, suffix) {
			found = append(found, each)
		}
	}
	return found
}
