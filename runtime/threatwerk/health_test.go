package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHealthAsksTheServerOfThisMachine(t *testing.T) {
	status, body := http.StatusOK, `{"status":"ok","version":"1.2.3"}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" {
			t.Errorf("asked %s", r.URL.Path)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")
	t.Setenv("LISTEN_ADDR", ":"+port)
	if r := command(t, "", "health"); r.code != exitDone || r.out != "serving, version 1.2.3\n" {
		t.Errorf("a server that serves: %+v", r)
	}
	for _, ill := range []struct {
		status int
		body   string
	}{{503, body}, {200, "<html>"}, {200, `{"status":"starting"}`}} {
		status, body = ill.status, ill.body
		if r := command(t, "", "health"); r.code != exitError || !strings.Contains(r.err, "not that it serves") {
			t.Errorf("%+v: %+v", ill, r)
		}
	}
	server.Close()
	if r := command(t, "", "health"); r.code != exitError || !strings.Contains(r.err, "does not answer") {
		t.Errorf("nothing there: %+v", r)
	}
}
