"""Roles in words."""

from mdm.i18n import N_
from webui.roles import Role

ROLE_NAMES: dict[Role, str] = {
    Role.ADMINISTRATOR: N_("Administrator of this server"),
    Role.TECHNICIAN: N_("Technician"),
    Role.MANAGER: N_("Authority's manager"),
    Role.DSDEN: N_("DSDEN"),
    Role.MEMBER: N_("Member of the committee"),
    Role.HEAD: N_("Head of school"),
    Role.TEACHER: N_("Teacher"),
    Role.PARENT: N_("Parent"),
    Role.EVALUATOR: N_("Evaluator"),
    Role.DPO: N_("Data protection officer"),
}

ROLE_DUTIES: dict[Role, str] = {
    Role.ADMINISTRATOR: N_("Manages accounts and the server; decides nothing of the charter."),
    Role.TECHNICIAN: N_("Looks after tablets, faults and rollouts."),
    Role.MANAGER: N_("Runs the tool for the authority: committee, costs, licences, schools."),
    Role.DSDEN: N_("Takes part for the State's education service."),
    Role.MEMBER: N_("Proposes, discusses and votes."),
    Role.HEAD: N_("Looks after a school: its kits, loans, teachers."),
    Role.TEACHER: N_("Uses the kits with a class, reports faults, proposes apps."),
    Role.PARENT: N_("Sees and signs for their child's tablet."),
    Role.EVALUATOR: N_("Proposes evaluations and reads their results."),
    Role.DPO: N_("Watches over personal data."),
}
