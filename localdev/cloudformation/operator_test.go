package cloudformation

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type object = map[string]any

// operated is what the inline function did.
type operated struct {
	Calls    [][2]any `json:"calls"`
	Response object   `json:"response"`
	Error    string   `json:"error"`
}

// operate runs the function of the template on an event.
func operate(t *testing.T, event, answers object, env map[string]string) operated {
	t.Helper()
	_, p := load(t, mainTemplate).resource(t, "Operator")
	all := map[string]string{
		"CLUSTER": "threatwerk-test", "IMAGE_TAG": "latest", "DEPLOY_ON_PUSH": "true",
		"BACKEND": "threatwerk-test/backend threatwerk-test-backend 2", "FRONTEND": "threatwerk-test/frontend threatwerk-test-frontend 1",
	}
	for name := range asMap(asMap(p["Environment"])["Variables"]) {
		if all[name] == "" {
			t.Fatalf("the template sets %s and the test does not", name)
		}
	}
	maps.Copy(all, env)
	in, err := json.Marshal(object{"code": asMap(p["Code"])["ZipFile"], "env": all, "event": event, "answers": answers})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "testdata/harness.js")
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var o operated
	if err := json.Unmarshal(out, &o); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return o
}

func running(count int) object {
	return object{"services": []object{{"status": "ACTIVE", "desiredCount": count}}}
}

func push(repository, tag string) object {
	return object{"source": "aws.ecr", "detail": object{"action-type": "PUSH", "result": "SUCCESS", "repository-name": repository, "image-tag": tag}}
}

func TestAPushStartsOrDeploys(t *testing.T) {
	t.Parallel()
	image := object{"images": []object{{"imageManifest": "{}", "imageManifestMediaType": "application/vnd.oci.image.manifest.v1+json"}}}
	cases := []struct {
		name           string
		event, answers object
		env            map[string]string
		want           []string
	}{
		{"the first image starts the service", push("threatwerk-test/backend", "latest"), object{"DescribeServices": running(0), "UpdateService": object{}}, nil,
			[]string{"DescribeServices", `UpdateService {"cluster":"threatwerk-test","desiredCount":2,"forceNewDeployment":true,"service":"threatwerk-test-backend"}`}},
		{"another image keeps the number of tasks", push("threatwerk-test/frontend", "latest"), object{"DescribeServices": running(4), "UpdateService": object{}}, nil,
			[]string{"DescribeServices", `UpdateService {"cluster":"threatwerk-test","forceNewDeployment":true,"service":"threatwerk-test-frontend"}`}},
		{"or deploys nothing", push("threatwerk-test/backend", "latest"), object{"DescribeServices": running(2)}, map[string]string{"DEPLOY_ON_PUSH": "false"},
			[]string{"DescribeServices"}},
		{"the guide's update pushes a tag of its own: latest follows", push("threatwerk-test/backend", "v26.06"), object{"BatchGetImage": image, "PutImage": object{}}, nil,
			[]string{"BatchGetImage", `PutImage {"imageManifest":"{}","imageManifestMediaType":"application/vnd.oci.image.manifest.v1+json","imageTag":"latest","repositoryName":"threatwerk-test/backend"}`}},
		{"latest is it already", push("threatwerk-test/backend", "v26.06"), object{"BatchGetImage": image, "PutImage": object{"error": "ImageAlreadyExistsException"}}, nil,
			[]string{"BatchGetImage", "PutImage"}},
		{"a pinned tag stays", push("threatwerk-test/backend", "v26.06"), object{}, map[string]string{"IMAGE_TAG": "v26.05"}, nil},
		{"somebody else's repository", push("other", "latest"), object{}, nil, nil},
		{"the stack is still being made", push("threatwerk-test/backend", "latest"), object{"DescribeServices": object{}}, nil, []string{"DescribeServices"}},
	}
	for _, c := range cases {
		got := operate(t, c.event, c.answers, c.env)
		if got.Error != "" || len(got.Calls) != len(c.want) {
			t.Errorf("%s: %v %s", c.name, got.Calls, got.Error)
			continue
		}
		for i, call := range got.Calls {
			input, err := json.Marshal(call[1])
			if err != nil {
				t.Fatal(err)
			}
			if said := fmt.Sprint(call[0]) + " " + string(input); !strings.HasPrefix(said, c.want[i]) {
				t.Errorf("%s: call %d is %s, want %s", c.name, i, said, c.want[i])
			}
		}
	}
	if got := operate(t, push("threatwerk-test/backend", "latest"), object{"DescribeServices": object{"error": "ServerException"}}, nil); got.Error == "" {
		t.Error("a failure is hidden, so that nobody tries again")
	}
}

func custom(kind, request string, properties, old object) object {
	return object{
		"RequestType": request, "ResourceType": "Custom::" + kind, "ResponseURL": "https://cloudformation.example/answer", "StackId": "s",
		"RequestId": "r", "LogicalResourceId": "It", "ResourceProperties": properties, "OldResourceProperties": old,
	}
}

func TestTheStackAsksForTheRightNumberOfTasks(t *testing.T) {
	t.Parallel()
	with := func(wanted string) object {
		return object{"Cluster": "c", "Service": "s", "Repository": "r", "ImageTag": "latest", "Wanted": wanted}
	}
	none := object{"error": "ImageNotFoundException"}
	there := object{"imageDetails": []object{{}}}
	cases := []struct {
		name           string
		event, answers object
		status, count  string
	}{
		{"a new stack with empty repositories", custom("TaskCount", "Create", with("2"), nil), object{"DescribeServices": object{}, "DescribeImages": none}, "SUCCESS", "0"},
		{"a new stack whose images are there", custom("TaskCount", "Create", with("2"), nil), object{"DescribeServices": object{}, "DescribeImages": there}, "SUCCESS", "2"},
		{"an update of something else keeps what was scaled", custom("TaskCount", "Update", with("2"), with("2")), object{"DescribeServices": running(4)}, "SUCCESS", "4"},
		{"a changed BackendDesiredCount", custom("TaskCount", "Update", with("3"), with("2")), object{"DescribeServices": running(2)}, "SUCCESS", "3"},
		{"an update before the first image", custom("TaskCount", "Update", with("3"), with("2")), object{"DescribeServices": running(0), "DescribeImages": none}, "SUCCESS", "0"},
		{"an update after the first image was missed", custom("TaskCount", "Update", with("2"), with("2")), object{"DescribeServices": running(0), "DescribeImages": there}, "SUCCESS", "2"},
		{"no answer from AWS", custom("TaskCount", "Create", with("2"), nil), object{"DescribeServices": object{"error": "ServerException"}}, "FAILED", ""},
		{"the stack goes", custom("TaskCount", "Delete", with("2"), nil), object{}, "SUCCESS", ""},
	}
	for _, c := range cases {
		got := operate(t, c.event, c.answers, nil)
		count, _ := asMap(got.Response["Data"])["Count"].(string)
		if got.Error != "" || got.Response["Status"] != c.status || count != c.count {
			t.Errorf("%s: %v %q %s", c.name, got.Response, count, got.Error)
		}
		if got.Response["type"] == "string" || got.Response["headers"] != nil || got.Response["PhysicalResourceId"] != "It" {
			t.Errorf("%s: the answer would carry a content type, or another id: %v", c.name, got.Response)
		}
	}
}

func TestTheSecretIsWrittenOnce(t *testing.T) {
	t.Parallel()
	properties := object{"Secret": "arn", "DatabaseUrl": "postgres://new"}
	held := func(url string) object {
		b, _ := json.Marshal(object{"DATABASE_URL": url, "JWT_SECRET": "j", "ENCRYPTION_KEY": "e", "NVD_API_KEY": "n"})
		return object{"SecretString": string(b)}
	}
	cases := []struct {
		name    string
		request string
		answers object
		want    object // what is put; nil: nothing
	}{
		{"a new stack", "Create", object{"GetSecretValue": object{"error": "ResourceNotFoundException"}, "PutSecretValue": object{}},
			object{"DATABASE_URL": "postgres://new", "JWT_SECRET": "REPLACE_ME", "ENCRYPTION_KEY": "REPLACE_ME"}},
		{"the operator's keys are there, nothing changed", "Update", object{"GetSecretValue": held("postgres://new")}, nil},
		{"another password or database", "Update", object{"GetSecretValue": held("postgres://old"), "PutSecretValue": object{}},
			object{"DATABASE_URL": "postgres://new", "JWT_SECRET": "j", "ENCRYPTION_KEY": "e", "NVD_API_KEY": "n"}},
		{"the stack goes", "Delete", object{}, nil},
	}
	for _, c := range cases {
		got := operate(t, custom("SecretValue", c.request, properties, nil), c.answers, nil)
		var put object
		for _, call := range got.Calls {
			if call[0] == "PutSecretValue" {
				if err := json.Unmarshal([]byte(asMap(call[1])["SecretString"].(string)), &put); err != nil {
					t.Fatal(err)
				}
			}
		}
		if diff := cmp.Diff(c.want, put); diff != "" || got.Response["Status"] != "SUCCESS" {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, got.Response, diff)
		}
	}
	got := operate(t, custom("SecretValue", "Update", properties, nil), object{"GetSecretValue": object{"SecretString": `{"DATABASE_URL":"postgres://user:hunter2@h/x`}}, nil)
	if said := fmt.Sprint(got.Response["Reason"]); got.Response["Status"] != "FAILED" || strings.Contains(said, "hunter2") {
		t.Errorf("a secret that is no JSON: %v", got.Response)
	}
}

// A number of tasks that is asked for once would be sent again, stale, with a later change of the service. BackendCount and
// FrontendCount are asked anew when Shape changes, so it has to change with the service.
func TestACountIsAskedForWithEveryChangeOfItsService(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	for service, want := range map[string]string{"BackendService": "1 8ae339b83ca8", "FrontendService": "1 bf7184442e78"} {
		_, p := tpl.resource(t, service)
		_, count := tpl.resource(t, strings.Replace(service, "Service", "Count", 1))
		sum := sha256.Sum256(fmt.Appendf(nil, "%v", p)) // maps are printed in order
		if got := fmt.Sprintf("%v %x", count["Shape"], sum[:6]); got != want {
			t.Errorf("%s has changed: raise Shape of its count by one and write %q here instead of %q", service, got, want)
		}
	}
}
