//go:build integration

package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// client waits longer than a backend that just went away can hold a request up.
var client = &http.Client{Timeout: time.Minute}

// caller asks one address: as nobody, or with a token.
type caller struct{ base, token string }

// ask is one request; any answer but the wanted one is an error.
func (c caller) ask(method, path string, body []byte, want int, to any) error {
	_, err := c.send(method, path, body, want, to, func(h http.Header) {
		if c.token != "" {
			h.Set("Authorization", "Bearer "+c.token)
		}
	})
	return err
}

func (c caller) send(method, path string, body []byte, want int, to any, sign func(http.Header)) ([]*http.Cookie, error) {
	req, err := http.NewRequest(method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	sign(req.Header)
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %s: %.300s", method, path, res.Status, b)
	}
	if to == nil {
		return res.Cookies(), nil
	}
	return res.Cookies(), json.Unmarshal(b, to)
}

// register makes the first account of all, whose owner is admin, and a token of theirs, as the page does.
func register(t *testing.T, base string) caller {
	t.Helper()
	nobody := caller{base: base}
	var in struct{ Person struct{ Role string } }
	cookies, err := nobody.send("POST", "/api/v1/registrations", []byte(`{"name":"Admin","mail":"admin@example.org","password":"unrelated tulips ponder 7 gravel"}`),
		200, &in, func(http.Header) {})
	if err != nil || in.Person.Role != "admin" || len(cookies) == 0 {
		t.Fatalf("the first to register: %+v %v", in, err)
	}
	var made struct{ Secret string }
	if _, err := nobody.send("POST", "/api/v1/me/tokens", []byte(`{"name":"Pipeline","scopes":["upload","read","write"],"expires_in_days":1}`), 201, &made, func(h http.Header) {
		h.Set("Origin", base)
		for _, c := range cookies {
			h.Add("Cookie", c.Name+"="+c.Value)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return caller{base, made.Secret}
}

// hear keeps a live connection open, as a page does, until ctx ends, and gives the codes with which servers closed it.
func (c caller) hear(ctx context.Context) ([]websocket.StatusCode, error) {
	var codes []websocket.StatusCode
	for ctx.Err() == nil {
		conn, res, err := websocket.Dial(ctx, c.base+"/api/v1/live", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + c.token}}})
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return codes, nil
		case res != nil && res.StatusCode == http.StatusNotFound: // a version without them
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
			continue
		default:
			return codes, fmt.Errorf("open a live connection: %w (%v)", err, res)
		}
		for err == nil {
			_, _, err = conn.Read(ctx)
		}
		if ctx.Err() == nil {
			codes = append(codes, websocket.CloseStatus(err))
		}
		_ = conn.CloseNow()
	}
	return codes, nil
}
