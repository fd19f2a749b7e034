# The modem to the car, before there is any car.
@rig @requires:plc
Feature: The PLC modem on a real network interface

  @slow
  Scenario: The modem says who it is, and is missed when it is gone
    Given a charger with a PLC modem
    When 1 s pass
    Then within 3 s the PLC modem has said who it is
    When the PLC modem falls silent
    Then within 14 s the PLC modem is missed
    When the PLC modem is back
    Then within 14 s the PLC modem has said who it is
