"""What runs inside the sandbox, as a package of its own: standard library and IPython only.

The sandbox sees this folder and nothing else of the kit, so these modules import each other by relative
imports alone. The worker imports the package as `inside`, then takes it out of `sys.modules`, so that
learners' code does not find it there.
"""
