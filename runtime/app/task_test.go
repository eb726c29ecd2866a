package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"
)

func TestTaskFields(t *testing.T) {
	t.Parallel()
	answer := `{"Cluster":"threatwerk-production","TaskARN":"arn:aws:ecs:eu-central-1:123456789012:task/threatwerk-production/0f9e","Family":"threatwerk-production-backend","Revision":"7","AvailabilityZone":"eu-central-1a","Containers":[]}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v4/abc/task" {
			t.Errorf("asked %s", r.URL.Path)
		}
		fmt.Fprint(w, answer)
	}))
	defer server.Close()
	fields, err := TaskFields(t.Context(), server.URL+"/v4/abc")
	if err != nil {
		t.Fatal(err)
	}
	line := zapcore.NewMapObjectEncoder()
	for _, f := range fields {
		f.AddTo(line)
	}
	want := map[string]any{"task": "0f9e", "definition": "threatwerk-production-backend:7", "zone": "eu-central-1a"}
	if diff := cmp.Diff(want, line.Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	answer = "<html>"
	if _, err := TaskFields(t.Context(), server.URL+"/v4/abc"); err == nil {
		t.Error("nonsense is taken")
	}
	if fields, err := TaskFields(t.Context(), ""); len(fields) != 0 || err != nil {
		t.Errorf("outside ECS: %v %v", fields, err)
	}
}
