# Who may do what in VoiceAssist. Asked for every request, once it is known who asks; what is not allowed is denied.
#
# input:  {"principal": {"user_id": "ann", "roles": ["user"], "way": "appapi", "grants": []},
#          "action": "read" | "write" | "reveal",
#          "resource": {"kind": "calendar", "owner": "ann"}}
# data.voiceassist.decision:  {"allow": true, "reason": "it is one's own"}
#
# A kind is the first segment of a route's path behind /api/v1/. What is named nowhere here is denied to everybody.
package voiceassist

# What everybody has of their own.
personal := {
	"actions", "auth", "calendar", "chat", "contacts", "conversations", "files", "folders", "mail", "nodes", "passages",
	"reminders", "search", "status", "voice",
}

# What belongs to nobody, and the role that it is for beside administrators.
shared := {
	"audit": "auditor",
	"groups": "admin",
	"medical": "medical_staff",
	"users": "admin",
}

default decision := {"allow": false, "reason": "no rule allows it"}

decision := {"allow": false, "reason": "nothing of this kind is known"} if not known

else := {"allow": false, "reason": "no such action is known"} if not input.action in {"read", "write", "reveal"}

# What identifies patients is shown to those who were named, and to nobody by a role, administrators included.
else := {"allow": true, "reason": "granted by name"} if {
	input.resource.kind == "phi"
	input.action == "reveal"
	"phi:reveal" in input.principal.grants
}

else := {"allow": false, "reason": "it takes a grant by name"} if revealing

# What a program carries must not become more than it is: no other key, no other password or second factor.
else := {"allow": false, "reason": "a program does not change how one signs in"} if {
	input.principal.way == "service"
	input.resource.kind == "auth"
	input.action != "read"
}

else := {"allow": true, "reason": "an administrator may"} if "admin" in input.principal.roles

else := {"allow": true, "reason": "it is one's own"} if {
	input.resource.kind in personal
	"user" in input.principal.roles
	input.resource.owner == input.principal.user_id
}

else := {"allow": true, "reason": "a role allows it"} if shared[input.resource.kind] in input.principal.roles

known if input.resource.kind in personal

known if shared[input.resource.kind]

known if input.resource.kind == "phi"

revealing if input.resource.kind == "phi"

revealing if input.action == "reveal"
