package httpapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/threatwerk/threatwerk/internal/platform/problem"
)

func TestAnUnknownErrorIsBlandOutsideAndLoggedOnceInside(t *testing.T) {
	t.Parallel()
	secret := errors.New(`duplicate key "hunter2"`)
	for name, work := range map[string]http.HandlerFunc{
		"error": func(w http.ResponseWriter, r *http.Request) {
			answer(w, r, describe(r.Context(), fmt.Errorf("read: %w", secret)))
		},
		"panic":        func(http.ResponseWriter, *http.Request) { panic(secret) },
		"unknown kind": func(w http.ResponseWriter, r *http.Request) { answer(w, r, describe(r.Context(), secret)) },
		"problem cause": func(w http.ResponseWriter, r *http.Request) {
			refuse(w, r, problem.Wrap(problem.Internal, secret, "No."))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			core, lines := observer.New(zap.DebugLevel)
			w := httptest.NewRecorder()
			observed(zap.New(core), nil, work).ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
			if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "hunter2") {
				t.Errorf("answered %d: %s", w.Code, w.Body)
			}
			logged := lines.All()
			if len(logged) != 1 || logged[0].Level != zap.ErrorLevel || !strings.Contains(fmt.Sprint(logged[0].ContextMap()["error"]), "hunter2") ||
				logged[0].ContextMap()["request_id"] != w.Header().Get("X-Request-Id") {
				t.Errorf("logged %v", logged)
			}
		})
	}
}

func TestARequestIsOneLine(t *testing.T) {
	t.Parallel()
	core, lines := observer.New(zap.InfoLevel)
	h := New(Services{Version: "v"}, Options{Log: zap.New(core)})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://localhost/api/v1/findings?severity=x&q=secret", nil))
	logged := lines.All()
	if len(logged) != 1 {
		t.Fatalf("%d lines", len(logged))
	}
	fields := logged[0].ContextMap()
	if fields["route"] != "/api/v1/findings" || fields["status"] != int64(401) || fields["path"] != "/api/v1/findings" || strings.Contains(fmt.Sprint(fields), "secret") {
		t.Errorf("fields %v", fields)
	}
}
