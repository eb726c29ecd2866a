package cloudformation

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/threatwerk/threatwerk/internal/platform/config"
	"github.com/threatwerk/threatwerk/internal/testkit"
)

// What the deployment guide says, and people's scripts rely on.
var (
	// guideParameters are those of its create-stack command, with its values.
	guideParameters = map[string]string{
		"Environment": "production", "DomainName": "threatwerk.yourcompany.com", "AllowedInboundCidr": "203.0.113.0/24",
		"ALBScheme": "internet-facing", "DBPassword": "YOUR_MASTER_PASSWORD", "RDSMultiAZ": "true",
	}
	guideOutputs = []string{"BackendECRUri", "FrontendECRUri", "SecretsManagerARN", "RDSEndpoint", "ALBDNSName"}
	// guideNames are names of resources with Environment=production.
	guideNames = map[string][2]string{
		"Cluster": {"ClusterName", "threatwerk-production"}, "BackendService": {"ServiceName", "threatwerk-production-backend"},
		"FrontendService": {"ServiceName", "threatwerk-production-frontend"}, "BackendLogs": {"LogGroupName", "/ecs/threatwerk-production/backend"},
		"FrontendLogs": {"LogGroupName", "/ecs/threatwerk-production/frontend"},
	}
	// guideVariables are the environment variables of its reference with their defaults; "-" has none.
	guideVariables = map[string]string{
		"SECRETS_MANAGER_ARN": "-", "AWS_REGION": "-", "APP_URL": "-", "LICENSE_MODE": "aws_marketplace", "LISTEN_ADDR": ":8080",
		"MIGRATIONS_DIR": "/migrations", "NOTIFY_BACKEND": "", "NOTIFY_FROM": "", "SES_REGION": "-", "DB_MAX_OPEN_CONNS": "20",
		"DB_MAX_IDLE_CONNS": "5", "INTEL_POLL_INTERVAL": "12h", "LOG_LEVEL": "info", "RATE_LIMIT_BURST": "60", "RATE_LIMIT_RPS": "10",
	}
	// guideSmall are the sizes of its table for a small team.
	guideSmall = map[string]string{
		"BackendDesiredCount": "2", "BackendCpu": "512", "BackendMemory": "1024", "FrontendDesiredCount": "1", "FrontendCpu": "256",
		"FrontendMemory": "512", "RDSInstanceClass": "db.t3.medium", "RDSAllocatedStorage": "50", "RDSMultiAZ": "true",
	}
	// guideLarger are values of its other tables that must be accepted.
	guideLarger = map[string][]string{
		"BackendDesiredCount": {"1", "3", "4"}, "BackendCpu": {"1024"}, "BackendMemory": {"2048"}, "FrontendDesiredCount": {"2"},
		"RDSInstanceClass": {"db.r6g.large", "db.t3.micro"}, "RDSAllocatedStorage": {"20", "100"}, "RDSMultiAZ": {"false"}, "ALBScheme": {"internal"},
		"IntelPollInterval": {"5m"}, "Environment": {"staging", "test"},
	}
)

// accepts says whether CloudFormation would take a value for a parameter.
func accepts(p map[string]any, v string) bool {
	if allowed := asList(p["AllowedValues"]); allowed != nil {
		return slices.ContainsFunc(allowed, func(a any) bool { return fmt.Sprint(a) == v })
	}
	if pattern, ok := p["AllowedPattern"].(string); ok && !regexp.MustCompile("^(?:"+pattern+")$").MatchString(v) {
		return false
	}
	if low, ok := p["MinLength"].(int); ok && len(v) < low {
		return false
	}
	return true
}

func TestParametersOfTheGuide(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	for name, v := range guideParameters {
		if p := asMap(tpl.parameters[name]); p == nil || !accepts(p, v) {
			t.Errorf("the guide's %s=%s is not taken", name, v)
		}
	}
	for name, v := range tpl.parameters {
		p := asMap(v)
		def, has := p["Default"]
		if !has && guideParameters[name] == "" {
			t.Errorf("%s has no default, and the guide gives it no value", name)
		}
		if has && !accepts(p, fmt.Sprint(def)) {
			t.Errorf("%s does not take its own default %v", name, def)
		}
		if d, _ := p["Description"].(string); d == "" {
			t.Errorf("%s has no description", name)
		}
	}
	for name, want := range guideSmall {
		if got := fmt.Sprint(asMap(tpl.parameters[name])["Default"]); got != want {
			t.Errorf("%s is %s by default, the guide's small team has %s", name, got, want)
		}
	}
	for name, values := range guideLarger {
		for _, v := range values {
			if !accepts(asMap(tpl.parameters[name]), v) {
				t.Errorf("%s does not take %s", name, v)
			}
		}
	}
	password := asMap(tpl.parameters["DBPassword"])
	if password["NoEcho"] != true || password["Default"] != nil {
		t.Error("the password is shown, or has a default")
	}
	for _, breaks := range []string{"has space in it", "with@sign-in-it", "with/slash-in-it", "percent%41-in-it", "short"} {
		if accepts(password, breaks) {
			t.Errorf("the password %q would break the connection string", breaks)
		}
	}
	if accepts(asMap(tpl.parameters["AllowedInboundCidr"]), "203.0.113.0") || accepts(asMap(tpl.parameters["Environment"]), "Production") {
		t.Error("a slip of the keyboard passes")
	}
}

func TestOutputsAndNamesOfTheGuide(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	for _, name := range guideOutputs {
		if asMap(tpl.outputs[name])["Value"] == nil {
			t.Errorf("there is no output %s", name)
		}
	}
	for id, want := range guideNames {
		_, p := tpl.resource(t, id)
		if got := plain(p[want[0]], map[string]string{"Environment": "production"}); got != want[1] {
			t.Errorf("%s is named %s, the guide says %s", id, got, want[1])
		}
	}
	_, db := tpl.resource(t, "Database")
	if db["MasterUsername"] != "masteruser" || db["DBName"] != "threatwerk" || db["Engine"] != "postgres" || db["EngineVersion"] != "16" {
		t.Errorf("the guide connects as masteruser to threatwerk on PostgreSQL 16: %v", db)
	}
	_, secret := tpl.resource(t, "SecretValue")
	url := plain(secret["DatabaseUrl"], map[string]string{"DBPassword": "PW", "Database.Endpoint.Address": "HOST", "Database.Endpoint.Port": "5432"})
	if url != "postgres://masteruser:PW@HOST:5432/threatwerk?sslmode=require" {
		t.Errorf("DATABASE_URL is %s", url)
	}
}

// plain resolves a Ref or Sub by a table.
func plain(v any, known map[string]string) string {
	f, ok := v.(fn)
	if !ok {
		return fmt.Sprint(v)
	}
	text, _ := f.arg.(string)
	if f.name == "Ref" {
		if k, ok := known[text]; ok {
			return k
		}
		return "${" + text + "}"
	}
	return variable.ReplaceAllStringFunc(text, func(m string) string {
		if k, ok := known[m[2:len(m)-1]]; ok {
			return k
		}
		return m
	})
}

// container gives the one container of a task definition.
func container(t *testing.T, tpl template, task string) map[string]any {
	t.Helper()
	_, p := tpl.resource(t, task)
	list := asList(p["ContainerDefinitions"])
	if len(list) != 1 {
		t.Fatalf("%s has %d containers", task, len(list))
	}
	return asMap(list[0])
}

func TestVariablesOfTheGuide(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	backend := container(t, tpl, "BackendTask")
	if backend["Name"] != "backend" {
		t.Errorf("the guide's execute-command names the container backend, it is %v", backend["Name"])
	}
	set := map[string]any{}
	for _, v := range asList(backend["Environment"]) {
		set[asMap(v)["Name"].(string)] = asMap(v)["Value"]
	}
	for name, want := range guideVariables {
		v, ok := set[name]
		if !ok {
			t.Errorf("the task definition does not set %s", name)
			continue
		}
		if f, isFn := v.(fn); isFn && f.name == "Ref" && want != "-" {
			v = asMap(tpl.parameters[f.arg.(string)])["Default"]
		}
		if want != "-" && fmt.Sprint(v) != want {
			t.Errorf("%s is %v by default, the guide says %s", name, v, want)
		}
	}
	// The program has the same defaults where nobody sets anything.
	c, err := config.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]string{
		"LISTEN_ADDR": c.ListenAddr, "MIGRATIONS_DIR": c.MigrationsDir, "LOG_LEVEL": c.LogLevel, "DB_MAX_OPEN_CONNS": fmt.Sprint(c.DBMaxOpenConns),
		"DB_MAX_IDLE_CONNS": fmt.Sprint(c.DBMaxIdleConns), "INTEL_POLL_INTERVAL": strings.TrimSuffix(c.IntelPollInterval.String(), "0m0s"),
	}
	for name, got := range own {
		if got != guideVariables[name] {
			t.Errorf("the program's %s is %s by default, the guide says %s", name, got, guideVariables[name])
		}
	}
}

func TestLoadBalancerOfTheGuide(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	_, targets := tpl.resource(t, "BackendTargets")
	if targets["Port"] != 8080 || targets["HealthCheckPath"] != "/health" || targets["TargetType"] != "ip" {
		t.Errorf("the backend's target group: %v", targets)
	}
	_, rule := tpl.resource(t, "BackendRule")
	condition := asMap(asList(rule["Conditions"])[0])
	paths := fmt.Sprint(asMap(condition["PathPatternConfig"])["Values"])
	for _, p := range []string{"/api/*", "/health", "/ws"} {
		if !strings.Contains(paths, p) {
			t.Errorf("%s does not go to the backend (%s)", p, paths)
		}
	}
	_, lb := tpl.resource(t, "LoadBalancer")
	idle := ""
	for _, a := range asList(lb["LoadBalancerAttributes"]) {
		if asMap(a)["Key"] == "idle_timeout.timeout_seconds" {
			idle = fmt.Sprint(asMap(a)["Value"])
		}
	}
	if len(idle) != 3 || idle < "180" {
		t.Errorf("the idle timeout is %s s, the guide wants 180 or more", idle)
	}
	_, http := tpl.resource(t, "HttpListener")
	if asMap(asList(http["DefaultActions"])[0])["Type"] != "redirect" {
		t.Error("plain HTTP is not sent on to HTTPS")
	}
}

// The guide's docker build commands name these files and this target.
func TestImagesOfTheGuide(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Dockerfile.backend", "Dockerfile.frontend"} {
		b, err := os.ReadFile(testkit.Root() + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)^FROM .* AS prod$`).Match(b) || !regexp.MustCompile(`(?m)^USER 65532:65532$`).Match(b) || !strings.Contains(string(b), "EXPOSE 8080") {
			t.Errorf("%s lacks the target prod, the user or the port", name)
		}
	}
}
