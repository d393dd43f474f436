import builtins

builtins.lied = True
