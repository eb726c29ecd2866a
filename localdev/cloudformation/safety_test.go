package cloudformation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// wildcardActions are actions that AWS offers for no narrower resource than "*".
var wildcardActions = []string{
	"ecr:GetAuthorizationToken",
	"license-manager:CheckoutLicense", "license-manager:CheckInLicense", "license-manager:ExtendLicenseConsumption", "license-manager:GetLicense",
	"license-manager:ListReceivedLicenses",
	"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
	"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
	"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
}

// statements lists the statements of every policy of a template's roles.
func statements(tpl template) map[string][]map[string]any {
	out := map[string][]map[string]any{}
	for _, kind := range []string{"AWS::IAM::Role", "AWS::IAM::Policy"} {
		for _, id := range tpl.ofType(kind) {
			p := asMap(asMap(tpl.resources[id])["Properties"])
			walk(map[string]any{"a": p["Policies"], "b": p["PolicyDocument"]}, nil, func(v any, _ []string) {
				for _, s := range asList(asMap(v)["Statement"]) {
					out[id] = append(out[id], asMap(s))
				}
			})
		}
	}
	return out
}

func words(v any) []string {
	if one, ok := v.(string); ok {
		return []string{one}
	}
	var out []string
	for _, e := range asList(v) {
		out = append(out, fmt.Sprint(e))
	}
	return out
}

func TestRolesMayDoWhatTheyNeed(t *testing.T) {
	t.Parallel()
	for _, name := range templates {
		found := statements(load(t, name))
		if len(found) == 0 {
			t.Errorf("%s: no role was found", name)
		}
		for id, list := range found {
			for _, s := range list {
				for _, action := range words(s["Action"]) {
					if strings.Contains(action, "*") {
						t.Errorf("%s %s may %s", name, id, action)
					}
					if slices.Contains(words(s["Resource"]), "*") && !slices.Contains(wildcardActions, action) {
						t.Errorf("%s %s may %s on everything", name, id, action)
					}
				}
			}
		}
		for _, id := range load(t, name).ofType("AWS::IAM::Role") {
			if asMap(asMap(load(t, name).resources[id])["Properties"])["ManagedPolicyArns"] != nil {
				t.Errorf("%s %s has a policy that AWS may widen", name, id)
			}
		}
	}
	// The guide's list of causes: the backend's role must be able to read the secret and to check out a licence.
	backend := fmt.Sprint(statements(load(t, mainTemplate))["BackendRole"])
	for _, action := range []string{"secretsmanager:GetSecretValue", "license-manager:CheckoutLicense", "ses:SendEmail", "ssmmessages:OpenDataChannel"} {
		if !strings.Contains(backend, action) {
			t.Errorf("the backend may not %s", action)
		}
	}
}

func TestTheDatabaseIsClosedEncryptedAndKept(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	_, db := tpl.resource(t, "Database")
	if db["PubliclyAccessible"] != false || db["StorageEncrypted"] != true || db["KmsKeyId"] == nil || asMap(tpl.resources["Database"])["DeletionPolicy"] != "Snapshot" {
		t.Errorf("the database: %v", db)
	}
	_, params := tpl.resource(t, "DatabaseParameters")
	if asMap(params["Parameters"])["rds.force_ssl"] != "1" || params["Family"] != "postgres16" {
		t.Errorf("connections without TLS are let in: %v", params)
	}
	for _, property := range []string{"DeletionProtection", "BackupRetentionPeriod"} {
		f, _ := db[property].(fn)
		args := asList(f.arg)
		if f.name != "Fn::If" || args[0] != "IsProduction" || args[1] == false || args[1] == 0 {
			t.Errorf("%s in production: %v", property, db[property])
		}
	}
	for _, id := range tpl.ofType("AWS::EC2::Route") {
		_, r := tpl.resource(t, id)
		if f, _ := r["RouteTableId"].(fn); f.arg == "DatabaseRoutes" {
			t.Errorf("%s leads out of the database's subnets", id)
		}
	}
	_, group := tpl.resource(t, "DatabaseGroup")
	if group["SecurityGroupIngress"] != nil {
		t.Error("the database's group lets in more than the backend")
	}
	for _, id := range tpl.ofType("AWS::EC2::SecurityGroupIngress") {
		_, in := tpl.resource(t, id)
		if in["CidrIp"] != nil || in["SourceSecurityGroupId"] == nil {
			t.Errorf("%s lets in a range of addresses", id)
		}
	}
}

// The last snapshot of a database outlives the stack and cannot be read without its key.
func TestTheKeyOutlivesTheStack(t *testing.T) {
	t.Parallel()
	key := asMap(load(t, mainTemplate).resources["Key"])
	if key["DeletionPolicy"] != "Retain" || key["UpdateReplacePolicy"] != "Retain" || asMap(key["Properties"])["EnableKeyRotation"] != true {
		t.Errorf("the key: %v", key)
	}
}

func TestEverythingAtRestIsEncrypted(t *testing.T) {
	t.Parallel()
	property := map[string]string{
		"AWS::Logs::LogGroup": "KmsKeyId", "AWS::SecretsManager::Secret": "KmsKeyId", "AWS::ECR::Repository": "EncryptionConfiguration",
		"AWS::SNS::Topic": "KmsMasterKeyId", "AWS::RDS::DBInstance": "KmsKeyId",
	}
	for _, name := range templates {
		tpl := load(t, name)
		for kind, p := range property {
			for _, id := range tpl.ofType(kind) {
				if asMap(asMap(tpl.resources[id])["Properties"])[p] == nil {
					t.Errorf("%s %s names no key", name, id)
				}
			}
		}
	}
}

func TestOnlyTheLoadBalancerFacesTheWorld(t *testing.T) {
	t.Parallel()
	tpl := load(t, mainTemplate)
	for _, id := range tpl.ofType("AWS::EC2::SecurityGroup") {
		_, g := tpl.resource(t, id)
		for _, in := range asList(g["SecurityGroupIngress"]) {
			if f, ok := asMap(in)["CidrIp"].(fn); !ok || f.arg != "AllowedInboundCidr" {
				t.Errorf("%s lets in %v", id, asMap(in)["CidrIp"])
			}
		}
		if asList(g["SecurityGroupEgress"]) == nil {
			t.Errorf("%s does not say what may go out, which means everything", id)
		}
	}
	for _, id := range tpl.ofType("AWS::ECS::Service") {
		_, s := tpl.resource(t, id)
		if !strings.Contains(fmt.Sprint(s["NetworkConfiguration"]), "AssignPublicIp:DISABLED") {
			t.Errorf("%s has public addresses", id)
		}
		breaker := asMap(asMap(s["DeploymentConfiguration"])["DeploymentCircuitBreaker"])
		if breaker["Enable"] != true || breaker["Rollback"] != true {
			t.Errorf("%s: %v", id, breaker)
		}
	}
	_, https := tpl.resource(t, "HttpsListener")
	if policy, _ := https["SslPolicy"].(string); !strings.Contains(policy, "TLS13-1-2") {
		t.Errorf("the TLS policy is %q", policy)
	}
	for _, task := range tpl.ofType("AWS::ECS::TaskDefinition") {
		c := container(t, tpl, task)
		if c["User"] != "65532:65532" || !strings.Contains(fmt.Sprint(c["LinuxParameters"]), "Drop:[ALL]") {
			t.Errorf("%s runs as %v with %v", task, c["User"], c["LinuxParameters"])
		}
		if c["Secrets"] != nil {
			t.Errorf("%s puts secrets into the environment, where everything that runs in the task sees them", task)
		}
	}
}
