package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

func TestPushComesBackWhenAskedTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, after   string
		status, times int // how often the server asks to come back
		sends, want   int
	}{
		{"limited", "0", http.StatusTooManyRequests, 3, 4, http.StatusOK},
		{"busy", "0", http.StatusServiceUnavailable, 1, 2, http.StatusOK},
		{"busy for ever", "0", http.StatusServiceUnavailable, 1000, maxSends, http.StatusServiceUnavailable},
		{"without a time", "", http.StatusServiceUnavailable, 1000, 1, http.StatusServiceUnavailable},
		{"for too long", "3600", http.StatusTooManyRequests, 1000, 1, http.StatusTooManyRequests},
		{"refused", "0", http.StatusForbidden, 1000, 1, http.StatusForbidden},
	} {
		var sends atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if sends.Add(1) <= int64(c.times) {
				w.Header().Set("Retry-After", c.after)
				w.WriteHeader(c.status)
			}
		}))
		p := &pusher{server: server.URL}
		res, err := p.send(t.Context(), http.MethodPost, "/x", []byte("body"))
		server.Close()
		if err != nil || res.StatusCode != c.want || int(sends.Load()) != c.sends {
			t.Errorf("%s: %v after %d sends, want %d after %d (%v)", c.name, res, sends.Load(), c.want, c.sends, err)
			continue
		}
		_ = res.Body.Close()
	}
}

func TestPushDoesNotWaitBeyondItsTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(http.StatusTooManyRequests)
		cancel()
	}))
	defer server.Close()
	if _, err := (&pusher{server: server.URL}).send(ctx, http.MethodGet, "/x", nil); err == nil {
		t.Error("no error")
	}
}
