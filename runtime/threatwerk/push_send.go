package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxSends is how often a request is sent in all, longestWait how long the server may ask to wait before each.
	maxSends    = 20
	longestWait = time.Minute
)

// send sends a request, and sends it again for as long as the server asks to come back later: pipelines share a limit with all who
// share their address, and every request of push may be repeated.
func (p *pusher) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	for sends := 1; ; sends++ {
		req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(p.server, "/")+path, bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("--url %q: %w", p.server, err)
		}
		req.Header.Set("User-Agent", "threatwerk-push/"+version)
		if p.token != "" {
			req.Header.Set("Authorization", "Bearer "+p.token)
		}
		if body != nil {
			req.Header.Set("Content-Type", "application/octet-stream")
			req.Header.Set("Content-Encoding", "gzip")
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			return nil, fmt.Errorf("ThreatWerk does not answer at %s (is it running, and is --url right?): %w", p.server, err)
		}
		wait, later := comeBack(res)
		if !later || sends == maxSends {
			return res, nil
		}
		_ = res.Body.Close() // its words are the server's next ones, too
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, fmt.Errorf("waiting for the server, which asked to come back later (%s): %w", res.Status, ctx.Err())
		case <-timer.C:
		}
	}
}

// comeBack reports whether an answer asks to come back, and when (RFC 9110, 10.2.3).
func comeBack(res *http.Response) (time.Duration, bool) {
	if res.StatusCode != http.StatusTooManyRequests && res.StatusCode != http.StatusServiceUnavailable {
		return 0, false
	}
	seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
	wait := time.Duration(seconds) * time.Second
	return wait, err == nil && seconds >= 0 && wait <= longestWait
}
